import type { UnbegunJob } from '../contracts/job-store.js';
import { prefetchOwner } from './begin-marks.js';
import { type Database, UNLESS_LOCKED } from './database.js';
import type { DueJobs } from './due-jobs.js';
import { HEAD_START, unlessPaused } from './head-start.js';
import { inChunks } from './in-chunks.js';
import { placeholders } from './placeholders.js';
import { isLockWait, isOutage } from './transient.js';

/** Jobs that this worker has claimed, or may have, and does not work on. */
export interface UnusedClaim {
  /** As the rows name them. */
  readonly owners: readonly string[];
  readonly jobs: readonly number[];
  /** Where they stood in line, by number; without it they go to its back. */
  readonly dueAt?: ReadonlyMap<number, string | undefined> | undefined;
  /** Nobody knows whether the update that claims them has come, or is still on its way. */
  readonly isInDoubt?: boolean;
  /** Somebody else had locked one of them. */
  readonly wasLocked?: boolean;
  /** When their leases end at the latest, on the process's monotonic clock, ms. */
  readonly until: number;
}

/** About so many bytes a job brings into a statement. */
const JOB_BYTES = 64;

/**
 * Gives back what nobody works on. Left alone a job that cannot resume would end in error without ever having begun. What
 * cannot be given back now is tried again with each claim until its lease ends.
 */
export class UnusedClaims {
  #unused: UnusedClaim[] = [];
  #givingBack: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly due: DueJobs,
  ) {}

  /** To be given back with the next `giveBack`. */
  add(claim: UnusedClaim): void {
    this.#unused.push(claim);
  }

  /** The same of jobs that were prefetched and have not begun, under leases of so many milliseconds at most. */
  addUnbegun(worker: string, jobs: readonly UnbegunJob[], leaseMs: number): void {
    const until = performance.now() + leaseMs;
    for (const some of inChunks(jobs, () => JOB_BYTES)) {
      const owners = [...new Set(some.map(({ claim }) => prefetchOwner(worker, claim)))];
      const dueAt = new Map(some.map((job) => [job.number, job.dueAt]));
      this.add({ owners, jobs: some.map(({ number }) => number), dueAt, until });
    }
  }

  /** All of them, each once at a time. Throws what the database said last, when all were tried. */
  giveBack(): Promise<void> {
    this.#givingBack ??= this.#giveBackAll().finally(() => {
      this.#givingBack = undefined;
    });
    return this.#givingBack;
  }

  async #giveBackAll(): Promise<void> {
    const failures: unknown[] = [];
    const tried = this.#unused.splice(0);
    for (const claim of tried) {
      const isOver = performance.now() > claim.until;
      try {
        const left = await this.#giveBackOf(claim);
        if (left && !isOver) this.add(left);
      } catch (error) {
        failures.push(error);
        // A place in line that the database does not take must not hold it for ever.
        if (!isOver) this.add(isOutage(error) ? claim : { ...claim, dueAt: undefined });
      }
    }
    if (failures.length > 0) throw failures.at(-1);
  }

  /** What could not be given back. */
  async #giveBackOf(claim: UnusedClaim): Promise<UnusedClaim | undefined> {
    // A lock is waited for once: then only those that are free are tried.
    const free = claim.wasLocked ? await this.due.unlocked(claim.jobs) : new Set(claim.jobs);
    if (free.size === 0) return claim;
    const given = await this.#send(claim, [...free]);
    if (given === undefined) return claim.wasLocked ? claim : this.#giveBackOf({ ...claim, wasLocked: true });
    // Fewer may also mean that an update is still on its way.
    const isSettled = given === free.size || !claim.isInDoubt;
    const jobs = isSettled ? claim.jobs.filter((number) => !free.has(number)) : claim.jobs;
    return jobs.length > 0 ? { ...claim, jobs } : undefined;
  }

  /** How many; `undefined`: somebody has locked one of them. */
  async #send({ owners, dueAt }: UnusedClaim, jobs: readonly number[]): Promise<number | undefined> {
    const { byKey, nowPlus } = this.database.dialect;
    const stood = dueAt ? jobs.flatMap((number) => [number, dueAt.get(number) ?? null]) : [];
    const line = dueAt ? `CASE number${' WHEN ? THEN ?'.repeat(jobs.length)} END` : 'NULL';
    try {
      return await this.database.changeAgain(
        `UPDATE progress_manager ${byKey}
            SET due_at = ${unlessPaused(`COALESCE(${line}, ${nowPlus(HEAD_START)})`)}, lease_owner = NULL,
                has_place = 0, lease_version = lease_version + 1, revision = revision + 1
          WHERE number IN (${placeholders(jobs)}) AND lease_owner IN (${placeholders(owners)})`,
        [...stood, ...jobs, ...owners],
        UNLESS_LOCKED,
      );
    } catch (error) {
      if (!isLockWait(error)) throw error;
      return undefined;
    }
  }
}
