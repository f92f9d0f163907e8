import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { describeError } from '../core/contracts/describe-error.js';
import { StoreUnavailableError } from '../core/contracts/errors.js';
import type { Logger } from '../core/contracts/logger.js';
import type { MigratedDatabase } from './migrated-database.js';

/** Of its own: knex's row of the lock is locked itself while knex works. */
export const LEASE = 'progress_manager_migrations_lease';
const ROW = { id: 1 };

/** A migrator whose count has stood still for so long, by the clock of who waits, is dead, ms. */
const LEASE_MS = 15_000;
/** Who has not looked for so long was paused itself, perhaps with all others, and begins to watch anew, ms. */
const LONGEST_GAP_MS = 5000;

interface LeaseRow {
  readonly holder: string | null;
  readonly beats: number | string;
}

/**
 * Shows that the one who migrates lives: it counts on, and who waits takes over when the count stands still. Only
 * differences of one clock are compared. It counts on the connection that is kept for beats: the migration has another.
 */
export class MigrationLease {
  readonly #me = randomUUID();
  readonly #database: MigratedDatabase;
  #seen: (LeaseRow & { readonly since: number }) | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    database: MigratedDatabase,
    private readonly logger: Logger,
    private readonly leaseMs = LEASE_MS,
  ) {
    this.#database = database.reserved;
  }

  /** Whether somebody migrates. Who was seen as `dead` or `free` may be followed by `take`. */
  async look(): Promise<'free' | 'held' | 'dead'> {
    const row: LeaseRow = await this.#row.first('holder', 'beats');
    const now = performance.now();
    const wasWatched = now - this.#lookedAt < LONGEST_GAP_MS;
    const stoodStill = this.#seen?.holder === row.holder && Number(this.#seen.beats) === Number(row.beats);
    if (!wasWatched || !stoodStill || !this.#seen) this.#seen = { ...row, since: now };
    this.#lookedAt = now;
    if (row.holder === null) return 'free';
    return now - this.#seen.since >= this.leaseMs ? 'dead' : 'held';
  }

  /** As it was seen; `false`: somebody was faster. */
  async take(): Promise<boolean> {
    const { holder = null, beats = 0 } = this.#seen ?? {};
    const taken = await this.#row.where({ holder, beats }).update({ holder: this.#me, beats: Number(beats) + 1 });
    if (taken !== 1) return false;
    this.#timer = setInterval(() => void this.#beat(), this.leaseMs / 5).unref();
    return true;
  }

  /** Asks the database. Throws StoreUnavailableError when this one was taken for dead, or the lock was freed by hand. */
  async check(): Promise<void> {
    if (await this.#isTold()) return;
    throw new StoreUnavailableError(
      'This process does not hold the lock of the migrations any more: it fell silent and another has gone on, or somebody freed the lock. Start it again.',
    );
  }

  /** Unless it was abandoned. */
  async release(): Promise<void> {
    if (!this.#timer) return;
    try {
      await this.#row.where({ holder: this.#me }).update({ holder: null });
      this.#fallSilent();
    } catch (error) {
      this.abandon(error);
    }
  }

  /** Falls silent for that reason: what is left to be done is for who takes over from the dead. */
  abandon(reason: unknown): void {
    this.#fallSilent();
    this.logger.warn({ error: describeError(reason) }, 'a migrator left its lock to those who take over from the dead');
  }

  /** Takes it from whoever has it. */
  async free(): Promise<void> {
    await this.#row.update({ holder: null });
  }

  #fallSilent(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  get #row(): Knex.QueryBuilder {
    return this.#database.from(LEASE).where(ROW);
  }

  async #isTold(): Promise<boolean> {
    return (await this.#row.where({ holder: this.#me }).increment('beats', 1)) === 1;
  }

  async #beat(): Promise<void> {
    try {
      await this.#isTold();
    } catch (error) {
      this.logger.warn({ error: describeError(error) }, 'a migrator could not say that it lives');
    }
  }
}
