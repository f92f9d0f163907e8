import { setImmediate as giveWay } from 'node:timers/promises';
import type { Registry } from '../contracts/config.js';
import { describeError } from '../contracts/describe-error.js';
import type { JobEvents } from '../contracts/job-events.js';
import { type Claimed, type JobStore, LEFT_MS } from '../contracts/job-store.js';
import type { TypeLimits } from '../contracts/limits.js';
import type { Logger } from '../contracts/logger.js';
import type { Beat } from './beat.js';
import type { Isolation } from './isolation/isolation.js';
import type { Places } from './places.js';
import type { Prefetch } from './prefetch.js';
import { CUT_MS, RunningJob } from './running-job.js';
import type { RunningJobs } from './running-jobs.js';
import type { Throttles } from './throttles.js';
import { WakeableSleep } from './wakeable-sleep.js';

export interface LoopParts {
  readonly store: JobStore;
  readonly registry: Registry;
  readonly places: Places;
  /** For a session, which ends with this signal. */
  readonly prefetch: (ends: AbortSignal) => Prefetch;
  readonly isolation: Isolation;
  readonly running: RunningJobs;
  readonly throttles: Throttles;
  readonly beat: Beat;
  readonly events: JobEvents;
  readonly logger: Logger;
  /** `host:pid/boot`. */
  readonly worker: string;
  /** Slices at once. */
  readonly limit: number;
  /** Of types that have any. */
  readonly limits: ReadonlyMap<string, TypeLimits>;
  /** Pause between two looks when nothing is due, at most, ms: a fifth less by chance. */
  readonly intervalMs: number;
  readonly leaseMs: number;
  /** How long slices may take to end after a stop, and after any other signal, before they are cut, ms. */
  readonly graceMs: number;
}

/** Jobs that are to begin. */
type Found = Omit<Claimed, 'jobs'> & { readonly jobs: readonly RunningJob[] };

const NOTHING: Found = { jobs: [], more: false, hasLeft: false };

/** After the cut, the jobs that are left have this long to be given back, ms; then their leases run out. */
const GIVE_BACK_MS = 500;
/** The longest pause after failed looks at the database, ms: a database that is back is to be used soon. */
const LONGEST_PAUSE_MS = 5000;

/** Workers that were started together do not look together for ever; and none later than after the pause. */
const outOfStep = (pause: number) => pause * (1 - Math.random() / 5);

/** Claims what is due and carries it on, up to the limit. What jobs and databases do wrong does not end it. */
export class Loop {
  #sleep = new WakeableSleep();
  /** Types in the order in which they are served: the one served last stands last. */
  #types: string[];
  /** Ends with the next stop; looks and ticks that begin after it belong to the next session. */
  #session = new AbortController();
  #polling: Promise<void> | undefined;
  #prefetch: Prefetch | undefined;
  #stopping: Promise<boolean> | undefined;
  #isWanted = false;
  /** Passes by hand that are under way. */
  #ticks = 0;

  constructor(private readonly parts: LoopParts) {
    this.#types = [...parts.registry.types.keys()];
    parts.events.on('pushed', () => this.wake());
    parts.events.on('due', () => this.wake());
    parts.running.onFree = () => this.wake();
    parts.events.on('cancelled', (number) => parts.running.get(number)?.stop('cancelled'));
  }

  /** One pass: claim what is due, carry each job one slice further. Returns how many jobs were carried. */
  tick(): Promise<number> {
    return this.parts.places.track(this.#tick(this.#session.signal));
  }

  /**
   * Claims this very job and carries it until it has ended, is due again only later, or the loop stops. Gives whether
   * it could be claimed: not when it is not due, rests, has ended, or is held by a worker.
   */
  carry(number: number): Promise<boolean> {
    return this.parts.places.track(this.#carryOne(number, this.#session.signal));
  }

  /** Begins to work, after a stop that is under way; does nothing when it already does. */
  start(): void {
    this.#isWanted = true;
    if (this.#polling || this.#stopping) return;
    this.parts.beat.start();
    this.#sleep = new WakeableSleep();
    this.#prefetch = this.parts.prefetch(this.#session.signal);
    this.#polling = this.#poll(this.#session.signal, this.#sleep, this.#prefetch);
    void this.parts.places.track(this.#polling);
  }

  /** Looks at once instead of after the interval. */
  wake(): void {
    this.#sleep.wake();
  }

  /**
   * Claims nothing more, and ends when each slice that runs has ended by itself, however long that takes; jobs are given
   * back behind it. `stop` is to be called next; called meanwhile, it cuts this short.
   */
  async drain(): Promise<void> {
    this.#isWanted = false;
    this.#session.abort();
    this.wake();
    await this.parts.places.settled();
  }

  /**
   * Claims nothing more, lets running slices end within the grace time, cuts the others, and gives every job back.
   * Returns whether all slices ended by themselves. Ends at most 1 s after the grace time, whatever jobs and the
   * database do.
   */
  stop(): Promise<boolean> {
    this.#isWanted = false;
    this.#stopping ??= this.#stop().finally(() => {
      this.#stopping = undefined;
      if (this.#isWanted) this.start();
    });
    return this.#stopping;
  }

  /** Ends as its process's death would end it: nothing is given back, what runs is left to itself. For tests. */
  abandon(): void {
    this.#isWanted = false;
    this.#prefetch?.forget();
    this.#session.abort();
    this.wake();
    this.parts.beat.stop();
    for (const job of this.parts.running) this.parts.running.remove(job);
  }

  async #stop(): Promise<boolean> {
    const { places, running, beat } = this.parts;
    this.#session.abort();
    this.wake();
    await places.settledWithin(this.parts.graceMs);
    const inTime = places.areFree;
    for (const job of running) job.stop('stopping');
    void places.track(this.#giveBackUncertain());
    await places.settledWithin(CUT_MS + GIVE_BACK_MS);
    beat.stop();
    this.#polling = undefined;
    this.#session = new AbortController();
    return inTime;
  }

  async #tick(ends: AbortSignal): Promise<number> {
    if (ends.aborted) return 0;
    return this.#besideBeats(async () => {
      const { jobs } = await this.#claim();
      const course = { ends, isOneSlice: true, types: this.#types };
      await Promise.all(jobs.map((job) => this.parts.places.carry(job, course)));
      return jobs.length;
    });
  }

  async #carryOne(number: number, ends: AbortSignal): Promise<boolean> {
    if (ends.aborted) return false;
    return this.#besideBeats(async () => {
      const { store, worker, leaseMs, graceMs, running, places } = this.parts;
      const sentAt = performance.now();
      const claimed = await store.claimOne(number, { worker, leaseMs });
      if (!claimed) return false;
      const job = new RunningJob(claimed, sentAt + leaseMs, graceMs);
      running.add(job);
      // No types: it gives its place up to nobody.
      await places.carry(job, { ends, isOneSlice: false, types: [] });
      return true;
    });
  }

  async #besideBeats<T>(work: () => Promise<T>): Promise<T> {
    this.parts.beat.start();
    this.#ticks++;
    try {
      return await work();
    } finally {
      // The last of several ticks, and not while the loop runs: others' jobs need the beat too.
      if (--this.#ticks === 0 && !this.#polling) this.parts.beat.stop();
    }
  }

  /** Ends when its session does; a look that comes back later than that changes nothing any more. */
  async #poll(ends: AbortSignal, sleep: WakeableSleep, prefetch: Prefetch): Promise<void> {
    let failures = 0;
    let pause = 0;
    while (!ends.aborted) {
      try {
        const { jobs, more, hasLeft } = await this.#next(sleep, prefetch);
        pause = outOfStep(hasLeft ? Math.min(LEFT_MS, this.parts.intervalMs) : this.parts.intervalMs);
        const course = { ends, isOneSlice: false, types: this.#types, left: () => sleep.wake() };
        const hasRoom = this.parts.running.free(this.parts.limit) > 0;
        for (const job of jobs) void this.parts.places.carry(job, course);
        failures = 0;
        // Another worker was faster, or there was more than there are places: a place that becomes free wakes us.
        if (more && hasRoom) continue;
      } catch (error) {
        pause = this.#pauseAfter(++failures);
        this.parts.logger.error(
          { error: describeError(error), failures },
          'the loop could not look for due jobs; it tries again',
        );
      }
      if (!ends.aborted) await sleep.sleep(Math.min(pause, prefetch.patienceMs));
      // What is pushed and what becomes free in one turn is served by one claim.
      await giveWay();
    }
    await prefetch.end();
  }

  /** What is to begin now: prefetched jobs, while there are any. */
  async #next(sleep: WakeableSleep, prefetch: Prefetch): Promise<Found> {
    const { running, throttles, isolation, limit } = this.parts;
    await prefetch.giveBackOld();
    prefetch.fill(
      () => throttles.open(this.#types),
      (served) => {
        this.#served(served);
        sleep.wake();
      },
    );
    if (prefetch.isEmpty && prefetch.isFilling) return NOTHING;
    const places = running.free(limit);
    const found = prefetch.isEmpty
      ? await this.#claim(isolation.standingBy)
      : { jobs: await prefetch.next(places), more: true, hasLeft: false };
    prefetch.began(found.jobs.length);
    return found;
  }

  /** They go to the end of the line of types. */
  #served(served: ReadonlySet<string>): void {
    this.#types = [...this.#types.filter((type) => !served.has(type)), ...served];
  }

  /** Longer than the interval, up to a sixth of the lease, and not in step with other workers. */
  #pauseAfter(failures: number): number {
    const { intervalMs, leaseMs } = this.parts;
    const longest = Math.max(intervalMs, Math.min(LONGEST_PAUSE_MS, leaseMs / 6));
    return Math.min(longest, intervalMs * 2 ** Math.min(failures - 1, 10)) * (0.5 + Math.random() / 2);
  }

  async #giveBackUncertain(): Promise<void> {
    try {
      await this.parts.store.giveBackUncertain();
    } catch (error) {
      this.parts.logger.warn({ error: describeError(error) }, 'a claim in doubt could not be given back');
    }
  }

  async #claim(standingBy?: number): Promise<Found> {
    const { store, worker, limit, limits, leaseMs, graceMs, running } = this.parts;
    const sentAt = performance.now();
    const places = running.free(limit);
    const types = await this.parts.throttles.open(this.#types);
    const claimed = await store.claim({ worker, types, limits, limit: places, leaseMs, standingBy });
    this.#served(new Set(claimed.jobs.map(({ job }) => job.type)));
    const jobs = claimed.jobs.map((job) => new RunningJob(job, sentAt + leaseMs, graceMs));
    for (const job of jobs) running.add(job);
    return { ...claimed, jobs };
  }
}
