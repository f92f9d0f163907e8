import { randomBytes } from 'node:crypto';
import type { Claimed, ClaimedJob, ClaimRequest } from '../contracts/job-store.js';
import type { Able } from './able.js';
import { type Database, UNLESS_LOCKED } from './database.js';
import { DueAhead } from './due-ahead.js';
import { ALIVE, type DueJobs, inTurn, withoutLeft } from './due-jobs.js';
import { HEAD_START, unlessPaused } from './head-start.js';
import { placeholders } from './placeholders.js';
import { CLAIMED_COLUMNS, type ClaimedRow, toClaimedJob } from './row.js';
import { isLockWait } from './transient.js';

/** A claim must answer within this, ms: the next look is near. */
const CLAIM_MS = 2000;

/** A claim of which nobody knows whether it took its jobs. */
interface UncertainClaim {
  readonly claim: string;
  readonly chosen: readonly number[];
  /** When the leases it may have taken end at the latest, on the process's monotonic clock, ms. */
  readonly until: number;
}

/** Locked rows that one claim runs into. */
const MOST_LOCKED = 3;

const NOTHING: Claimed = { jobs: [], more: false, hasLeft: false };

/**
 * Takes due jobs. A dead worker's job needs nobody to rescue it: when its lease ends it is due like any other.
 * No lock is held between the steps; exclusion comes from the guarded update alone.
 */
export class JobClaims {
  readonly #uncertain = new Set<UncertainClaim>();
  readonly #ahead: DueAhead;
  private readonly database: Database;

  constructor(
    database: Database,
    private readonly due: DueJobs,
    private readonly able: Able,
  ) {
    this.#ahead = new DueAhead(due);
    this.database = database.within(CLAIM_MS);
  }

  /** Candidates by a plain read, or by one that another claim has just done; one guarded update; a read of what it won. */
  async claim({ worker, types, limit, leaseMs, standingBy }: ClaimRequest): Promise<Claimed> {
    await this.giveBackUncertain();
    if (limit < 1 || types.length === 0) return NOTHING;
    const { candidates, hasLeft } = await this.#candidates(types, limit, standingBy);
    const chosen = inTurn(candidates, types, limit);
    if (chosen.length === 0) return { ...NOTHING, hasLeft };
    this.#ahead.take(chosen);
    const claim = `${worker}/${randomBytes(8).toString('hex')}`;
    const sentAt = performance.now();
    try {
      const won = await this.#take(chosen, claim, leaseMs);
      if (won < chosen.length) this.#ahead.met();
      const jobs = won === 0 ? [] : await this.#read(chosen, claim);
      return { jobs, more: candidates.length > won, hasLeft };
    } catch (error) {
      this.#ahead.forget();
      this.#uncertain.add({ claim, chosen, until: sentAt + leaseMs });
      throw error;
    }
  }

  /** One more than is wanted, to tell whether any are left. `hasLeft`: some are left to workers with a process ready. */
  async #candidates(types: readonly string[], limit: number, standingBy: number | undefined) {
    const known = this.#ahead.left(types, limit + 1);
    const before = known && withoutLeft(known, standingBy);
    if (before && before.length > limit) return { candidates: before, hasLeft: before.length < known.length };
    const due = await this.#ahead.look(types, limit + 1);
    const candidates = withoutLeft(due, standingBy);
    return { candidates, hasLeft: candidates.length < due.length };
  }

  /** All in one statement; one by one when somebody has locked one of them, so that it costs only itself. */
  async #take(chosen: readonly number[], claim: string, leaseMs: number): Promise<number> {
    try {
      return await this.#takeAll(chosen, claim, leaseMs);
    } catch (error) {
      if (!isLockWait(error)) throw error;
    }
    let won = 0;
    let locked = 0;
    for (const number of chosen) {
      try {
        won += await this.#takeAll([number], claim, leaseMs);
      } catch (error) {
        if (!isLockWait(error)) throw error;
        this.due.avoid(number);
        // Each of them has cost a second: those that were won wait for nobody else.
        if (++locked === MOST_LOCKED) return won;
      }
    }
    return won;
  }

  /** Left to right on MySQL: what a column was is read before that column is written. */
  #takeAll(chosen: readonly number[], claim: string, leaseMs: number): Promise<number> {
    const { byKey, now, nowPlus } = this.database.dialect;
    return this.database.changeAgain(
      `UPDATE progress_manager ${byKey}
          SET crash_count = crash_count + (CASE WHEN lease_owner IS NULL OR crash_count > 32000 THEN 0 ELSE 1 END),
              is_isolated = CASE WHEN lease_owner IS NULL THEN is_isolated ELSE 1 END,
              attempt = attempt + (CASE WHEN status = 'new' THEN 1 ELSE 0 END),
              started_at = COALESCE(started_at, ${now()}),
              status = 'in_progress', lease_owner = ?, lease_version = lease_version + 1, revision = revision + 1,
              due_at = ${nowPlus()}, modified_at = ${now()}
        WHERE number IN (${placeholders(chosen)}) AND ${ALIVE} AND due_at <= ${now()} AND ${this.able.ofAny}`,
      [claim, leaseMs, ...chosen, ...this.able.versions],
      UNLESS_LOCKED,
    );
  }

  /**
   * A claim whose answer was lost may have taken jobs that nobody works on. Left alone they would count as taken over
   * from a dead worker, and a job that cannot resume would end in error without ever having begun.
   */
  async giveBackUncertain(): Promise<void> {
    for (const uncertain of this.#uncertain) {
      const given = await this.#giveBack(uncertain);
      // Fewer may also mean that an update is still on its way.
      if (given === uncertain.chosen.length || performance.now() > uncertain.until) this.#uncertain.delete(uncertain);
    }
  }

  async #giveBack({ claim, chosen }: UncertainClaim): Promise<number> {
    try {
      return await this.database.changeAgain(
        `UPDATE progress_manager
            SET due_at = ${unlessPaused(this.database.dialect.nowPlus(HEAD_START))}, lease_owner = NULL,
                lease_version = lease_version + 1, revision = revision + 1
          WHERE number IN (${placeholders(chosen)}) AND lease_owner = ?`,
        [...chosen, claim],
        UNLESS_LOCKED,
      );
    } catch (error) {
      // Tried again with the next look, which must not wait for it.
      if (!isLockWait(error)) throw error;
      return 0;
    }
  }

  async #read(chosen: readonly number[], claim: string): Promise<ClaimedJob[]> {
    const rows = await this.database.rows<ClaimedRow>(
      `SELECT ${CLAIMED_COLUMNS.join(', ')} FROM progress_manager
        WHERE number IN (${placeholders(chosen)}) AND lease_owner = ? AND status IN ('in_progress', 'paused')
        ORDER BY number`,
      [...chosen, claim],
    );
    return rows.map(toClaimedJob);
  }
}
