import type { UnbegunJob } from '../contracts/job-store.js';
import { prefetchOwner } from './begin-marks.js';
import { type Binding, type Database, UNLESS_LOCKED } from './database.js';
import type { DueJobs } from './due-jobs.js';
import { HEAD_START, unlessPaused } from './head-start.js';
import { inChunks } from './in-chunks.js';
import { placeholders } from './placeholders.js';
import { isLockWait } from './transient.js';

/** Jobs that this worker has claimed, or may have, and does not work on. */
export interface UnusedClaim {
  /** As the rows name them. */
  readonly owners: readonly string[];
  readonly jobs: readonly number[];
  /** Where they stood in line, by number; without it they go to its back. */
  readonly dueAt?: ReadonlyMap<number, string>;
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
 * Gives back what nobody works on. Left alone it would count as taken over from a dead worker, and a job that cannot
 * resume would end in error without ever having begun. What cannot be given back now is tried again until its lease ends.
 */
export class UnusedClaims {
  readonly #unused = new Set<UnusedClaim>();

  constructor(
    private readonly database: Database,
    private readonly due: DueJobs,
  ) {}

  add(claim: UnusedClaim): void {
    this.#unused.add(claim);
  }

  /** Jobs that were prefetched and have not begun. */
  addUnbegun(worker: string, jobs: readonly UnbegunJob[], leaseMs: number): void {
    const until = performance.now() + leaseMs;
    for (const some of inChunks(jobs, () => JOB_BYTES)) {
      const owners = [...new Set(some.map(({ claim }) => prefetchOwner(worker, claim)))];
      const dueAt = new Map(some.map((job) => [job.number, job.dueAt]));
      this.add({ owners, jobs: some.map(({ number }) => number), dueAt, until });
    }
  }

  /** Throws as the database does: then the rest is tried again the next time. */
  async giveBack(): Promise<void> {
    for (const claim of this.#unused) {
      const given = await this.#giveBack(claim);
      if (given === undefined && !claim.wasLocked) {
        // The loop comes to them: those that are free go back at once.
        for (const part of await this.#split(claim)) this.#unused.add(part);
        this.#unused.delete(claim);
      } else if (given === claim.jobs.length || (given !== undefined && !claim.isInDoubt)) {
        this.#unused.delete(claim);
      } else if (performance.now() > claim.until) {
        this.#unused.delete(claim);
      }
    }
  }

  /** How many; `undefined`: somebody has locked one of them. */
  async #giveBack({ owners, jobs, dueAt, wasLocked }: UnusedClaim): Promise<number | undefined> {
    // It is not waited for twice.
    if (wasLocked && (await this.due.withoutLocked(jobs, [])).length < jobs.length) return undefined;
    const due: readonly Binding[] = dueAt ? jobs.flatMap((number) => [number, dueAt.get(number) ?? null]) : [];
    const back = this.database.dialect.nowPlus(HEAD_START);
    const line = dueAt ? `CASE number${' WHEN ? THEN ?'.repeat(jobs.length)} END` : back;
    try {
      return await this.database.changeAgain(
        `UPDATE progress_manager
            SET due_at = ${unlessPaused(line)}, lease_owner = NULL,
                has_place = 0, lease_version = lease_version + 1, revision = revision + 1
          WHERE number IN (${placeholders(jobs)}) AND lease_owner IN (${placeholders(owners)})`,
        [...due, ...jobs, ...owners],
        UNLESS_LOCKED,
      );
    } catch (error) {
      if (!isLockWait(error)) throw error;
      return undefined;
    }
  }

  async #split(claim: UnusedClaim): Promise<UnusedClaim[]> {
    const free = new Set(await this.due.withoutLocked(claim.jobs, []));
    const locked = claim.jobs.filter((number) => !free.has(number));
    return [
      ...(free.size > 0 ? [{ ...claim, jobs: [...free], wasLocked: true }] : []),
      ...locked.map((number) => ({ ...claim, jobs: [number], wasLocked: true })),
    ];
  }
}
