import type { Knex } from 'knex';
import { StoreUnavailableError } from '../core/contracts/errors.js';
import type { Logger } from '../core/contracts/logger.js';
import type { TablesStanding } from '../core/contracts/tables-standing.js';
import type { MigratedDatabase } from './migrated-database.js';
import { HISTORY, type LockTimes, MigrationLock } from './migration-lock.js';
import { CORE_NAMES, createMigrationSource, type NamedMigration } from './migration-source.js';

export { createMigrationSource } from './migration-source.js';

/** Brings a database to the tables this version needs: core's migrations first, then those of modules. */
export class Migrator {
  readonly #database: MigratedDatabase;
  readonly #logger: Logger;
  readonly #lock: MigrationLock;
  readonly #source: Knex.MigrationSource<NamedMigration>;
  #hasHistory = false;

  /** `root` is the folder that holds `modules`. */
  constructor(database: MigratedDatabase, root: string, logger: Logger, times?: LockTimes) {
    this.#database = database;
    this.#logger = logger;
    this.#lock = new MigrationLock(database, logger, times);
    this.#source = createMigrationSource(root);
  }

  /**
   * Runs what is pending and returns its names. While another process migrates it waits, up to 60 s; where that one was
   * killed, it goes on in its place after 15 s. Throws StoreUnavailableError when the lock is not freed, or as
   * `refuseOutgrown`.
   */
  async latest(): Promise<string[]> {
    await this.refuseOutgrown();
    if ((await this.pending()).length === 0) return [];
    await this.#lock.prepare();
    const applied = await this.#lock.whenFree(async () => {
      // Who was waited for may have been of a newer version.
      await this.refuseOutgrown();
      const [, names] = await this.#database.knex.migrate.latest({
        migrationSource: this.#source,
        tableName: HISTORY,
        beforeEach: () => this.#lock.check(),
        // A module that was taken out leaves its tables and its history behind, and a newer version's may be there.
        disableMigrationsListValidation: true,
      });
      return names as string[];
    });
    for (const name of applied) this.#logger.info({ migration: name }, 'migrated');
    return applied;
  }

  /** Names of migrations that `latest` would run. Changes nothing, also in an empty database. */
  async pending(): Promise<string[]> {
    return this.#pendingBeside(await this.#applied());
  }

  /**
   * Names of a newer version's migrations that took away what this version works with: they end in `-contract`. All
   * other migrations only add, so that workers of before and after go on side by side. Core's have no slash.
   */
  async outgrownBy(): Promise<string[]> {
    return contractsOfNewer(await this.#applied());
  }

  /** For people. Changes nothing, as `pending`. */
  async standing(): Promise<TablesStanding> {
    const applied = await this.#applied();
    return { pending: await this.#pendingBeside(applied), outgrownBy: contractsOfNewer(applied) };
  }

  /** Throws StoreUnavailableError where a newer version took away what this one works with. */
  async refuseOutgrown(): Promise<void> {
    const names = await this.outgrownBy();
    if (names.length === 0) return;
    throw new StoreUnavailableError(
      `A newer version of progress-manager has taken away what this one works with (migration ${names.join(', ')}). Install the newest version.`,
    );
  }

  /** Frees the lock, whoever holds it. Only when no other process migrates. */
  unlock(): Promise<void> {
    return this.#lock.free();
  }

  async #pendingBeside(applied: readonly string[]): Promise<string[]> {
    const names = (await this.#source.getMigrations([])).map(({ name }) => name);
    return names.filter((name) => !applied.includes(name));
  }

  async #applied(): Promise<string[]> {
    this.#hasHistory ||= await this.#database.knex.schema.hasTable(HISTORY);
    return this.#hasHistory ? this.#database.from(HISTORY).orderBy('id').pluck('name') : [];
  }
}

function contractsOfNewer(applied: readonly string[]): string[] {
  return applied.filter((name) => !name.includes('/') && !CORE_NAMES.has(name) && name.endsWith('-contract'));
}
