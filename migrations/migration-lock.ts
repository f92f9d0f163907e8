import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { StoreUnavailableError } from '../core/contracts/errors.js';
import type { Logger } from '../core/contracts/logger.js';
import { LEASE, MigrationLease } from './migration-lease.js';

/** Its own table: the application may use knex for migrations of its own. */
export const HISTORY = 'progress_manager_migrations';
/** The name that knex derives from it. */
const LOCK = `${HISTORY}_lock`;
const ROW = { index: 1 };

const POLL_MS = 250;

export interface LockTimes {
  /** How long another's migration is waited for, ms; 60,000 by default. */
  readonly waitMs?: number;
  /** As MigrationLease's. */
  readonly leaseMs?: number;
}

/**
 * Lets one migrator at a time do its work, and the others wait for it. The lock is knex's flag, which a killed migrator
 * leaves behind on MySQL, where each change of a table commits; a lease beside it tells whether its holder lives.
 */
export class MigrationLock {
  readonly #knex: Knex;
  readonly #waitMs: number;
  readonly #lease: MigrationLease | undefined;

  constructor(knex: Knex, logger: Logger, { waitMs = 60_000, leaseMs }: LockTimes = {}) {
    this.#knex = knex;
    this.#waitMs = waitMs;
    if (knex.client.dialect !== 'sqlite3') this.#lease = new MigrationLease(knex, logger, leaseMs);
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
    if (!this.#lease) return;
    await this.#ensureTable(LEASE, (table) => {
      table.integer('id').primary();
      table.string('holder', 36);
      table.bigInteger('beats').notNullable();
    });
    await this.#knex(LEASE).insert({ id: 1, beats: 0 }).onConflict('id').ignore();
  }

  /** Runs `work`, which takes the lock; while another process holds it and lives, waits and tries again. */
  async whenFree<T>(work: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#waitMs;
    while (performance.now() < deadline) {
      try {
        return await this.#underLease(work);
      } catch (error) {
        if (!isHeldByAnother(error)) throw error;
      }
      await sleep(POLL_MS);
    }
    throw new StoreUnavailableError(
      `Another process has been migrating this database for more than ${this.#waitMs / 1000} s. If it is dead, free its lock with "progress-manager migrate --unlock".`,
    );
  }

  /** To be asked before each step of the work. Throws StoreUnavailableError when another has taken this one for dead. */
  check(): void {
    this.#lease?.check();
  }

  /** Also where the tables were never made. */
  async free(): Promise<void> {
    await this.prepare();
    await this.#freeFlag();
    await this.#lease?.free();
  }

  async #underLease<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#lease) return this.#whileUnset(work);
    const taken = await this.#lease.take();
    if (!taken) throw new HeldByAnother();
    try {
      if (taken === 'after the dead') await this.#freeFlag();
      return await this.#whileUnset(work);
    } finally {
      await this.#lease.release();
    }
  }

  /** A version from before the lease sets the flag alone. */
  async #whileUnset<T>(work: () => Promise<T>): Promise<T> {
    if (!(await this.#isFree())) throw new HeldByAnother();
    return work();
  }

  async #freeFlag(): Promise<void> {
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

class HeldByAnother extends Error {}

/** Also where between looking and taking another was faster; on SQLite the whole file is locked meanwhile. */
function isHeldByAnother(error: unknown): boolean {
  if (error instanceof HeldByAnother) return true;
  const { name, code } = error as { readonly name?: unknown; readonly code?: unknown };
  return name === 'MigrationLocked' || (typeof code === 'string' && code.startsWith('SQLITE_BUSY'));
}
