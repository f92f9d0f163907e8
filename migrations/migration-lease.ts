import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { describeError } from '../core/contracts/describe-error.js';
import { StoreUnavailableError } from '../core/contracts/errors.js';
import type { Logger } from '../core/contracts/logger.js';

/** Of its own: knex's row of the lock is locked itself while knex works. */
export const LEASE = 'progress_manager_migrations_lease';
const ROW = { id: 1 };

/** A migrator whose count has stood still for so long, by the clock of who waits, is dead, ms. */
const LEASE_MS = 15_000;

interface LeaseRow {
  readonly holder: string | null;
  readonly beats: number | string;
}

/** Says whether the migrator before was killed in the middle of its work. */
export type Taken = 'after the dead' | 'free';

/**
 * Shows that the one who migrates lives: it counts on, and who waits takes over when the count stands still. Only
 * differences of one clock are compared. On SQLite there is none: a killed process's transaction leaves nothing.
 */
export class MigrationLease {
  readonly #me = randomUUID();
  #seen: (LeaseRow & { readonly since: number }) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isLost = false;

  constructor(
    private readonly knex: Knex,
    private readonly logger: Logger,
    private readonly leaseMs = LEASE_MS,
  ) {}

  /** `undefined`: somebody else has it, and lives. */
  async take(): Promise<Taken | undefined> {
    const { holder, beats }: LeaseRow = await this.knex(LEASE).where(ROW).first('holder', 'beats');
    const isDead = holder !== null && this.#standsStill({ holder, beats });
    if (holder !== null && !isDead) return undefined;
    const taken = await this.knex(LEASE)
      .where({ ...ROW, holder, beats })
      .update({ holder: this.#me, beats: Number(beats) + 1 });
    if (taken !== 1) return undefined;
    this.#isLost = false;
    this.#timer = setInterval(() => void this.#beat(), this.leaseMs / 5).unref();
    return isDead ? 'after the dead' : 'free';
  }

  /** To be asked before each step. Throws StoreUnavailableError when another has taken this one for dead. */
  check(): void {
    if (!this.#isLost) return;
    throw new StoreUnavailableError(
      `This process fell silent for more than ${this.leaseMs / 1000} s while it migrated, and another has gone on with it. Start it again.`,
    );
  }

  /** Where the database does not answer any more, others take it over. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    try {
      await this.knex(LEASE)
        .where({ ...ROW, holder: this.#me })
        .update({ holder: null });
    } catch (error) {
      this.logger.warn({ error: describeError(error) }, 'a migrator could not give its lock back');
    }
  }

  /** Takes it from whoever has it. */
  async free(): Promise<void> {
    await this.knex(LEASE).where(ROW).update({ holder: null });
  }

  #standsStill(row: LeaseRow): boolean {
    const now = performance.now();
    const isSame = this.#seen?.holder === row.holder && Number(this.#seen.beats) === Number(row.beats);
    if (!isSame) this.#seen = { ...row, since: now };
    return isSame && now - (this.#seen?.since ?? now) >= this.leaseMs;
  }

  async #beat(): Promise<void> {
    try {
      const told = await this.knex(LEASE)
        .where({ ...ROW, holder: this.#me })
        .increment('beats', 1);
      if (told === 0 && this.#timer) this.#isLost = true;
    } catch (error) {
      this.logger.warn({ error: describeError(error) }, 'a migrator could not say that it lives');
    }
  }
}
