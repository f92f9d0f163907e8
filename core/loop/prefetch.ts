import { describeError } from '../contracts/describe-error.js';
import type { JobStore } from '../contracts/job-store.js';
import type { TypeLimits } from '../contracts/limits.js';
import type { Logger } from '../contracts/logger.js';
import type { PausedTypes } from './paused-types.js';
import { RunningJob } from './running-job.js';
import type { RunningJobs } from './running-jobs.js';

/** As many jobs are to wait as have begun in the last time of this length, ms. */
const AHEAD_MS = 200;
/** The most that wait, and that one claim takes. */
const MOST_WAITING = 1000;
const MOST_AT_ONCE = 500;
/** What was not begun after so long goes back, ms: the jobs before it were longer than those that were before them. */
const MOST_WAIT_MS = 1000;
/** After a claim that was of no use the next comes so much later, ms. */
const REST_MS = 500;
/** And after one that failed, or when it could not be said what begins. */
const LONG_REST_MS = 5000;
/** A claim that takes longer is not waited for, ms: jobs are claimed for their places meanwhile. */
const SLOW_MS = 200;

const NONE: ReadonlySet<string> = new Set();

export interface PrefetchParts {
  readonly store: JobStore;
  readonly running: RunningJobs;
  readonly paused: PausedTypes;
  readonly logger: Logger;
  /** `host:pid/boot`. */
  readonly worker: string;
  /** Slices at once. */
  readonly limit: number;
  readonly leaseMs: number;
  readonly graceMs: number;
  /** Types whose jobs may wait in a worker. */
  readonly mayWait: ReadonlySet<string>;
  /** Of types that have any. */
  readonly limits: ReadonlyMap<string, TypeLimits>;
}

interface Waiting {
  readonly claim: number;
  readonly job: RunningJob;
  /** Where it stood in line. */
  readonly dueAt: string | undefined;
  readonly since: number;
}

/**
 * Jobs that were claimed before there are places for them: where jobs are short, a claim for each few of them costs as
 * much as the jobs. They are held for a moment only, the death of their worker is not held against them, and where jobs
 * are long there are none.
 */
export class Prefetch {
  #waiting: Waiting[] = [];
  #filling: Promise<void> | undefined;
  #fillingSince = 0;
  #restsUntil = 0;
  /** How many began when. */
  #begun: { readonly at: number; readonly jobs: number }[] = [];
  #isForgotten = false;

  constructor(
    private readonly parts: PrefetchParts,
    /** Ends with the session of the loop. */
    private readonly ends: AbortSignal,
  ) {}

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** A claim is under way, and not a slow one: another would look at the same jobs. */
  get isFilling(): boolean {
    return this.#filling !== undefined && performance.now() - this.#fillingSince < SLOW_MS;
  }

  /** How long what waits, or is waited for, may still take, ms. */
  get patienceMs(): number {
    const [first] = this.#waiting;
    if (first) return Math.max(0, first.since + MOST_WAIT_MS - performance.now());
    return this.isFilling ? SLOW_MS : Number.POSITIVE_INFINITY;
  }

  /** So many jobs begin now, wherever they came from. */
  began(jobs: number): void {
    if (jobs > 0) this.#begun.push({ at: performance.now(), jobs });
  }

  /**
   * Claims more of these types in the background, where fewer wait than will soon begin; then says which types it served.
   * Never throws.
   */
  fill(types: () => Promise<readonly string[]>, filled: (served: ReadonlySet<string>) => void): void {
    const waiting = this.#waiting.length;
    const wanted = this.#wanted();
    if (this.#filling || waiting * 2 > wanted || wanted === 0 || performance.now() < this.#restsUntil) return;
    this.#fillingSince = performance.now();
    this.#filling = this.#fill(types, Math.min(wanted - waiting, MOST_AT_ONCE)).then((served) => {
      this.#filling = undefined;
      filled(served);
    });
  }

  /** Those that have waited longest, and that may begin now. None, and nothing waits any more: it could not be said. */
  async next(places: number): Promise<readonly RunningJob[]> {
    await this.#giveBackPaused();
    const next = this.#waiting.splice(0, Math.max(0, places));
    const last = next.at(-1);
    if (!last) return [];
    if (!(await this.#mayBegin(last))) {
      this.#rest(LONG_REST_MS);
      await this.#giveBack([...next, ...this.#waiting.splice(0)]);
      return [];
    }
    const now = performance.now();
    for (const { job } of next) {
      if (job.leaseUntil < now) job.stop('lease_lost');
      job.getsPlace(now);
    }
    return next.map(({ job }) => job);
  }

  /** What waits for too long may be another worker's. */
  async giveBackOld(): Promise<void> {
    if (this.isEmpty || this.patienceMs > 0) return;
    this.#rest(REST_MS);
    await this.#giveBack(this.#waiting.splice(0));
  }

  /** Nothing waits here any more, once what was asked for has come. Never throws. */
  async end(): Promise<void> {
    await this.#filling;
    await this.#giveBack(this.#waiting.splice(0));
  }

  /** As the process's death: nothing is given back. For tests. */
  forget(): void {
    this.#isForgotten = true;
  }

  #wanted(): number {
    const { mayWait, limit } = this.parts;
    const since = performance.now() - AHEAD_MS;
    this.#begun = this.#begun.filter(({ at }) => at >= since);
    const jobs = this.#begun.reduce((sum, each) => sum + each.jobs, 0);
    return mayWait.size > 0 && jobs > limit ? Math.min(jobs, MOST_WAITING) : 0;
  }

  /** One that the database cannot be told of must not begin. */
  async #mayBegin({ claim, job }: Waiting): Promise<boolean> {
    const { store, worker, logger } = this.parts;
    if (this.ends.aborted) return false;
    try {
      return await store.begin(worker, { claim, number: job.number });
    } catch (error) {
      logger.warn({ error: describeError(error) }, 'it could not be said which prefetched jobs begin; they go back');
      return false;
    }
  }

  async #fill(types: () => Promise<readonly string[]>, limit: number): Promise<ReadonlySet<string>> {
    const { store, running, worker, limits, mayWait, leaseMs, graceMs, logger } = this.parts;
    try {
      const request = { worker, types: await types(), limit, limits, mayWait, leaseMs };
      if (this.ends.aborted) return NONE;
      const sentAt = performance.now();
      const prefetched = await store.prefetch(request);
      if (!prefetched || prefetched.jobs.length === 0) {
        this.#rest(REST_MS);
        return NONE;
      }
      const { claim, jobs, dueAt } = prefetched;
      for (const claimed of jobs) {
        const job = new RunningJob(claimed, sentAt + leaseMs, graceMs);
        job.isWaiting = true;
        running.add(job);
        this.#waiting.push({ claim, job, dueAt: dueAt.get(claimed.number), since: performance.now() });
      }
      return new Set(jobs.map(({ job }) => job.type));
    } catch (error) {
      this.#rest(LONG_REST_MS);
      logger.warn(
        { error: describeError(error) },
        'jobs could not be claimed ahead; they are claimed when there are places',
      );
      return NONE;
    }
  }

  #rest(milliseconds: number): void {
    this.#restsUntil = Math.max(this.#restsUntil, performance.now() + milliseconds);
  }

  async #giveBackPaused(): Promise<void> {
    if (this.parts.paused.isEmpty) return;
    const isPaused = ({ job }: Waiting) => this.parts.paused.has(job.claimed.job.type);
    const paused = this.#waiting.filter(isPaused);
    if (paused.length === 0) return;
    this.#waiting = this.#waiting.filter((each) => !isPaused(each));
    await this.#giveBack(paused);
  }

  async #giveBack(waiting: readonly Waiting[]): Promise<void> {
    if (waiting.length === 0 || this.#isForgotten) return;
    const { store, running, worker, leaseMs, logger } = this.parts;
    for (const { job } of waiting) running.remove(job);
    try {
      const jobs = waiting.map(({ claim, job, dueAt }) => ({ claim, number: job.number, dueAt }));
      await store.giveBack(worker, jobs, leaseMs);
    } catch (error) {
      logger.warn({ error: describeError(error) }, 'prefetched jobs could not be given back; it is tried again');
    }
  }
}
