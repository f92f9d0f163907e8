import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { StoreUnavailableError } from '../core/contracts/errors.js';
import type { Logger } from '../core/contracts/logger.js';
import type { MigratedDatabase } from './migrated-database.js';
import { LEASE, MigrationLease } from './migration-lease.js';
import { LOCK_WAIT } from './patient.js';

/** Its own table: the application may use knex for migrations of its own. */
export const HISTORY = 'progress_manager_migrations';
/** The name that knex derives from it. */
const LOCK = `${HISTORY}_lock`;
const ROW = { index: 1 };

const POLL_MS = 250;

/** Tests are less patient. */
export interface LockTimes {
  /** How long another's migration is waited for, ms; 60,000 by default. */
  readonly waitMs?: number;
  /** As MigrationLease's. */
  readonly leaseMs?: number;
}

/**
 * Lets one migrator at a time do its work, and the others wait for it. The lock is knex's flag, which a killed migrator
 * leaves behind on MySQL, where each change of a table commits; a lease beside it tells whether its holder lives. On
 * SQLite there is none: the transaction of a killed process leaves nothing.
 */
export class MigrationLock {
  readonly #database: MigratedDatabase;
  readonly #waitMs: number;
  readonly #lease: MigrationLease | undefined;

  constructor(database: MigratedDatabase, logger: Logger, { waitMs = 60_000, leaseMs }: LockTimes = {}) {
    this.#database = database;
    this.#waitMs = waitMs;
    if (database.dialect.name === 'mysql') this.#lease = new MigrationLease(database, logger, leaseMs);
  }

  /**
   * Makes knex's two tables, and the lease's. Left to knex, two processes that meet in an empty database fail, or put
   * two rows into the lock, which then is never free again.
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
    await this.#ensureRow(LOCK, { ...ROW, is_locked: 0 }, 'index');
    if (!this.#lease) return;
    await this.#ensureTable(LEASE, (table) => {
      table.integer('id').primary();
      table.string('holder', 36);
      table.bigInteger('beats').notNullable();
    });
    await this.#ensureRow(LEASE, { id: 1, beats: 0 }, 'id');
  }

  /** Runs `work`, which takes the lock; while another process holds it and lives, waits and tries again. */
  async whenFree<T>(work: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#waitMs;
    for (;;) {
      try {
        return await (this.#lease ? this.#underLease(this.#lease, work) : this.#whileUnset(work));
      } catch (error) {
        if (!isHeldByAnother(error)) throw error;
        if (performance.now() > deadline) throw this.#tooLong(error);
      }
      await sleep(POLL_MS);
    }
  }

  /** To be asked before each step of the work. Throws as MigrationLease's. */
  async check(): Promise<void> {
    await this.#lease?.check();
  }

  /** Also where the tables were never made. */
  async free(): Promise<void> {
    await this.prepare();
    await this.#freeFlag();
    await this.#lease?.free();
  }

  #tooLong(cause: unknown): StoreUnavailableError {
    const advice =
      cause instanceof HeldByTheLiving
        ? 'It lives: start this one again when it has ended.'
        : 'If it is dead, free its lock with "progress-manager migrate --unlock".';
    return new StoreUnavailableError(
      `Another process has been migrating this database for more than ${this.#waitMs / 1000} s. ${advice}`,
      { cause },
    );
  }

  async #underLease<T>(lease: MigrationLease, work: () => Promise<T>): Promise<T> {
    const seen = await lease.look();
    if (seen === 'held') throw new HeldByTheLiving();
    // An older version sets the flag alone: who waits for it holds no lease that a death would leave.
    if (seen === 'free' && !(await this.#isFree())) throw new HeldByAnother();
    if (!(await lease.take())) throw new HeldByTheLiving();
    if (seen === 'dead') await this.#afterTheDead(lease);
    try {
      return await work();
    } catch (error) {
      if (!isHeldByAnother(error)) await this.#afterFailure(lease);
      throw error;
    } finally {
      await lease.release();
    }
  }

  async #afterTheDead(lease: MigrationLease): Promise<void> {
    try {
      await this.#freeFlag();
    } catch (error) {
      lease.abandon(error);
      // The server has not noticed yet that the dead one is gone: a transaction of it holds the row.
      throw (error as { readonly errno?: unknown }).errno === LOCK_WAIT ? new HeldByAnother() : error;
    }
  }

  /** Where its connection has gone, knex cannot free the flag that its changes of tables have committed. */
  async #afterFailure(lease: MigrationLease): Promise<void> {
    try {
      await lease.check();
      await this.#freeFlag();
    } catch (error) {
      lease.abandon(error);
    }
  }

  async #whileUnset<T>(work: () => Promise<T>): Promise<T> {
    if (!(await this.#isFree())) throw new HeldByAnother();
    return work();
  }

  async #isFree(): Promise<boolean> {
    return (await this.#database.from(LOCK).where(ROW).first('is_locked'))?.is_locked === 0;
  }

  async #freeFlag(): Promise<void> {
    await this.#database.from(LOCK).where(ROW).update({ is_locked: 0 });
  }

  async #ensureTable(name: string, describe: (table: Knex.CreateTableBuilder) => void): Promise<void> {
    if (await this.#database.knex.schema.hasTable(name)) return;
    try {
      await this.#database.knex.schema.createTable(name, describe);
    } catch (error) {
      // Another process was faster.
      if (!(await this.#database.knex.schema.hasTable(name))) throw error;
    }
  }

  async #ensureRow(table: string, row: object, key: string): Promise<void> {
    // Even an insert that changes nothing would wait for who migrates.
    if (await this.#database.from(table).first(key)) return;
    await this.#database.from(table).insert(row).onConflict(key).ignore();
  }
}

class HeldByAnother extends Error {}
/** It has been seen to count on within its lease. */
class HeldByTheLiving extends HeldByAnother {}

/** Also where between looking and taking another was faster; on SQLite the whole file is locked meanwhile. */
function isHeldByAnother(error: unknown): boolean {
  if (error instanceof HeldByAnother) return true;
  const { name, code } = error as { readonly name?: unknown; readonly code?: unknown };
  return name === 'MigrationLocked' || (typeof code === 'string' && code.startsWith('SQLITE_BUSY'));
}
