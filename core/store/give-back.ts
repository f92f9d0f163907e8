import type { JobFailure } from '../contracts/job.js';
import type { ClaimedJob, Lease } from '../contracts/job-store.js';
import { throughOutages } from './certain.js';
import type { Binding, Database } from './database.js';
import { HEAD_START, KEEPS_PLACE, unlessPaused } from './head-start.js';

/** A job that was paused is held until its slice has ended. */
const HELD = "status IN ('in_progress', 'paused') AND lease_owner IS NOT NULL";

/** How a worker leaves a job without recording a slice. The statements are guarded: sent twice, they count once. */
export class GiveBack {
  constructor(
    private readonly database: Database,
    /** How long a database that is away is waited for, ms. */
    private readonly patienceMs: number,
  ) {}

  postpone(lease: Lease, counts: { refusals: number; idleSlices: number }, delayMs: number): Promise<boolean> {
    const { nowPlus } = this.database.dialect;
    return this.#leave(
      `${KEEPS_PLACE}, due_at = ${unlessPaused(nowPlus())}, refusals = ?, idle_slices = ?`,
      [delayMs, counts.refusals, counts.idleSlices],
      lease,
    );
  }

  /** The token rises, because the slice that held it may still be running. */
  release(lease: Lease): Promise<boolean> {
    const { nowPlus } = this.database.dialect;
    return this.#leave(
      `${KEEPS_PLACE}, due_at = ${unlessPaused(nowPlus(HEAD_START))}, lease_version = lease_version + 1`,
      [],
      lease,
    );
  }

  /** The token rises, because a write of the dead process may still be on its way. */
  childDied(lease: Lease): Promise<boolean> {
    const { nowPlus } = this.database.dialect;
    return this.#leave(
      `${KEEPS_PLACE}, due_at = ${unlessPaused(nowPlus(HEAD_START))}, lease_version = lease_version + 1, is_isolated = 1,
       child_deaths = child_deaths + 1`,
      [],
      lease,
    );
  }

  condemn(lease: Lease, error: JobFailure): Promise<boolean> {
    const { now } = this.database.dialect;
    return this.#leave(
      `has_place = 0, due_at = NULL, lease_version = lease_version + 1, is_isolated = 1, child_deaths = child_deaths + 1,
       status = 'error', error = ?, finished_at = ${now()}, modified_at = ${now()}`,
      [JSON.stringify(error)],
      lease,
    );
  }

  tryLater(lease: ClaimedJob, error: JobFailure, delayMs: number): Promise<boolean> {
    const { now, nowPlus } = this.database.dialect;
    return this.#leave(
      `has_place = 0, due_at = ${unlessPaused(nowPlus())}, error = ?, attempt = attempt + 1, tries_used = tries_used + 1,
       refusals = 0, idle_slices = 0, modified_at = ${now()}`,
      [delayMs, JSON.stringify(error)],
      lease,
      'AND slice_seq = ?',
      [lease.sliceSeq],
    );
  }

  async #leave(
    sets: string,
    bindings: readonly Binding[],
    { number, leaseVersion }: Lease,
    guard = '',
    guarded: readonly Binding[] = [],
  ): Promise<boolean> {
    // When it goes on is not known, nor then when it ends.
    const sql = `UPDATE progress_manager SET ${sets}, eta_at = NULL, lease_owner = NULL, revision = revision + 1
      WHERE number = ? AND lease_version = ? AND ${HELD} ${guard}`;
    const send = () => this.database.changeAgain(sql, [...bindings, number, leaseVersion, ...guarded]);
    return (await throughOutages(send, this.patienceMs)).changed === 1;
  }
}
