import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { StoreUnavailableError } from '../core/contracts/errors.js';

/** Its own table: the application may use knex for migrations of its own. */
export const HISTORY = 'progress_manager_migrations';
/** The name that knex derives from it. */
const LOCK = `${HISTORY}_lock`;
const ROW = { index: 1 };

const POLL_MS = 250;

/** Lets one migrator at a time do its work, and the others wait for it. */
export class MigrationLock {
  readonly #knex: Knex;
  readonly #waitMs: number;

  constructor(knex: Knex, waitMs = 60_000) {
    this.#knex = knex;
    this.#waitMs = waitMs;
  }

  /**
   * Makes knex's two tables. Left to knex, two processes that meet in an empty database fail, or put two rows into
   * the lock, which then is never free again.
   */
  async prepare(): Promise<void> {
    await this.#ensureTable(HISTORY, (table) => {
      table.increments();
      table.string('name');
      table.integer('batch');
      table.timestamp('migration_time');
    });
    await this.#ensureTable(LOCK, (table) => {
      table.increments('index').primary();
      table.integer('is_locked');
    });
    await this.#knex(LOCK)
      .insert({ ...ROW, is_locked: 0 })
      .onConflict('index')
      .ignore();
  }

  /** Runs `work`, which takes the lock; while another process holds it, waits and tries again. */
  async whenFree<T>(work: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#waitMs;
    while (performance.now() < deadline) {
      if (await this.#isFree()) {
        try {
          return await work();
        } catch (error) {
          if (!isHeldByAnother(error)) throw error;
        }
      }
      await sleep(POLL_MS);
    }
    throw new StoreUnavailableError(
      `Another process has been migrating this database for more than ${this.#waitMs / 1000} s. If it was killed, free its lock with "progress-manager migrate --unlock".`,
    );
  }

  /** Also where the tables were never made. */
  async free(): Promise<void> {
    await this.prepare();
    await this.#knex(LOCK).where(ROW).update({ is_locked: 0 });
  }

  async #isFree(): Promise<boolean> {
    return (await this.#knex(LOCK).where(ROW).first('is_locked'))?.is_locked === 0;
  }

  async #ensureTable(name: string, describe: (table: Knex.CreateTableBuilder) => void): Promise<void> {
    if (await this.#knex.schema.hasTable(name)) return;
    try {
      await this.#knex.schema.createTable(name, describe);
    } catch (error) {
      // Another process was faster.
      if (!(await this.#knex.schema.hasTable(name))) throw error;
    }
  }
}

/** Between looking and taking another was faster; on SQLite the whole file is locked meanwhile. */
function isHeldByAnother(error: unknown): boolean {
  const { name, code } = error as { readonly name?: unknown; readonly code?: unknown };
  return name === 'MigrationLocked' || (typeof code === 'string' && code.startsWith('SQLITE_BUSY'));
}
