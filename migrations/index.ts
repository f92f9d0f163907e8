import type { Knex } from 'knex';
import { StoreUnavailableError } from '../core/contracts/errors.js';
import type { Logger } from '../core/contracts/logger.js';
import { HISTORY, type LockTimes, MigrationLock } from './migration-lock.js';
import { createMigrationSource, type NamedMigration } from './migration-source.js';

export { createMigrationSource } from './migration-source.js';

/** Brings a database to the tables this version needs: core's migrations first, then those of modules. */
export class Migrator {
  readonly #knex: Knex;
  readonly #logger: Logger;
  readonly #lock: MigrationLock;
  readonly #source: Knex.MigrationSource<NamedMigration>;

  /** `root` is the folder that holds `modules`. */
  constructor(knex: Knex, root: string, logger: Logger, times?: LockTimes) {
    this.#knex = knex;
    this.#logger = logger;
    this.#lock = new MigrationLock(knex, logger, times);
    this.#source = createMigrationSource(root);
  }

  /**
   * Runs what is pending and returns its names. While another process migrates it waits, up to 60 s; where that one was
   * killed, it goes on in its place after 15 s. Throws StoreUnavailableError when the lock is not freed, or a newer
   * version has migrated this database.
   */
  async latest(): Promise<string[]> {
    const applied = (await this.pending()).length > 0 ? await this.#migrate() : [];
    for (const name of applied) this.#logger.info({ migration: name }, 'migrated');
    await this.#check();
    return applied;
  }

  async #migrate(): Promise<string[]> {
    await this.#lock.prepare();
    return this.#lock.whenFree(async () => {
      const [, names] = await this.#knex.migrate.latest({
        migrationSource: this.#source,
        tableName: HISTORY,
        beforeEach: async () => this.#lock.check(),
        // A module that was taken out leaves its tables and its history behind; `#check` looks at core's.
        disableMigrationsListValidation: true,
      });
      return names as string[];
    });
  }

  /** For people who ask how the tables stand. */
  async seen(): Promise<{ readonly pending: string[]; readonly outgrownBy: string[] }> {
    return { pending: await this.pending(), outgrownBy: await this.outgrownBy() };
  }

  /** Names of migrations that `latest` would run. Changes nothing, also in an empty database. */
  async pending(): Promise<string[]> {
    const applied = new Set(await this.#applied());
    return (await this.#names()).filter((name) => !applied.has(name));
  }

  /**
   * Names of a newer version's migrations that took away what this version works with: they end in `-contract`. All
   * other migrations only add, so that workers of before and after go on side by side.
   */
  async outgrownBy(): Promise<string[]> {
    return (await this.#newer()).filter((name) => name.endsWith('-contract'));
  }

  /** Frees the lock that a killed migrator left. Only when no other process migrates. */
  unlock(): Promise<void> {
    return this.#lock.free();
  }

  async #check(): Promise<void> {
    const newer = await this.#newer();
    if (newer.length === 0) return;
    throw new StoreUnavailableError(
      `A newer version of progress-manager has migrated this database (${newer.join(', ')}). Install that version.`,
    );
  }

  /** Core's migrations have no slash in their names. One that this version does not know is a newer version's. */
  async #newer(): Promise<string[]> {
    const known = new Set(await this.#names());
    return (await this.#applied()).filter((name) => !name.includes('/') && !known.has(name));
  }

  async #names(): Promise<string[]> {
    return (await this.#source.getMigrations([])).map(({ name }) => name);
  }

  async #applied(): Promise<string[]> {
    if (!(await this.#knex.schema.hasTable(HISTORY))) return [];
    return this.#knex(HISTORY).orderBy('id').pluck('name');
  }
}
