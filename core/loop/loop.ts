import { setImmediate as giveWay, setTimeout as sleep } from 'node:timers/promises';
import type { Registry } from '../contracts/config.js';
import { describeError } from '../contracts/describe-error.js';
import type { JobEvents } from '../contracts/job-events.js';
import type { JobStore } from '../contracts/job-store.js';
import type { Logger } from '../contracts/logger.js';
import type { Beat } from './beat.js';
import { RunningJob } from './running-job.js';
import type { RunningJobs } from './running-jobs.js';
import type { SliceRunner } from './slice-runner.js';
import { WakeableSleep } from './wakeable-sleep.js';

export interface LoopParts {
  readonly store: JobStore;
  readonly registry: Registry;
  readonly slices: SliceRunner;
  readonly running: RunningJobs;
  readonly beat: Beat;
  readonly events: JobEvents;
  readonly logger: Logger;
  /** `host:pid`. */
  readonly worker: string;
  /** Slices at once. */
  readonly limit: number;
  /** Pause between two looks when nothing is due, ms. */
  readonly intervalMs: number;
  /** Fair share: after this long a job gives its place up when another is due, ms. */
  readonly sliceMs: number;
  readonly leaseMs: number;
  /** How long slices may take to end after a stop before they are cut, ms. */
  readonly graceMs: number;
}

/** A slice that was cut has this long to notice, ms. */
const CUT_MS = 500;
/** The longest pause after a failed look at the database, ms. */
const LONGEST_PAUSE_MS = 30_000;

/** Claims what is due and carries it on, up to the limit. What jobs and databases do wrong does not end it. */
export class Loop {
  readonly #sleep = new WakeableSleep();
  readonly #carrying = new Set<Promise<unknown>>();
  /** Types in the order in which they are served: the one served last stands last. */
  #types: string[];
  #polling: Promise<void> | undefined;
  #stopping = false;

  constructor(private readonly parts: LoopParts) {
    this.#types = [...parts.registry.types.keys()];
    parts.events.on('pushed', () => this.wake());
    parts.events.on('cancelled', (number) => parts.running.get(number)?.stop('cancelled'));
  }

  /** One pass: claim what is due, carry each job one slice further. Returns how many jobs were carried. */
  async tick(): Promise<number> {
    this.parts.beat.start();
    try {
      const { jobs } = await this.#claim();
      await Promise.all(jobs.map((job) => this.#place(job, async () => true)));
      return jobs.length;
    } finally {
      // The last of several ticks, and not while the loop runs: others' jobs need the beat too.
      if (!this.#polling && this.parts.running.size === 0) await this.parts.beat.stop();
    }
  }

  /** Begins to work; does nothing when it already does. */
  start(): void {
    if (this.#polling) return;
    this.#stopping = false;
    this.parts.beat.start();
    this.#polling = this.#poll();
  }

  /** Looks at once instead of after the interval. */
  wake(): void {
    this.#sleep.wake();
  }

  /**
   * Claims nothing more, lets running slices end within the grace time, cuts the others, and gives every job back.
   * Returns whether all slices ended by themselves.
   */
  async stop(): Promise<boolean> {
    this.#stopping = true;
    this.wake();
    await this.#polling;
    const inTime = await this.#settledWithin(this.parts.graceMs);
    if (!inTime) {
      for (const job of this.parts.running) job.stop('stopping');
      await this.#settledWithin(CUT_MS);
    }
    await this.parts.beat.stop();
    for (const job of [...this.parts.running]) await this.#giveUp(job);
    this.#polling = undefined;
    return inTime;
  }

  async #poll(): Promise<void> {
    let failures = 0;
    while (!this.#stopping) {
      try {
        const { jobs, more } = await this.#claim();
        for (const job of jobs) void this.#place(job, () => this.#mustLeave(job)).finally(() => this.wake());
        failures = 0;
        // Another worker was faster, or there was more than there are places: a place that becomes free wakes us.
        if (!(more && this.parts.running.size < this.parts.limit)) await this.#sleep.sleep(this.parts.intervalMs);
      } catch (error) {
        failures++;
        this.parts.logger.error(
          { error: describeError(error), failures },
          'the loop could not look for due jobs; it tries again',
        );
        await this.#sleep.sleep(Math.min(LONGEST_PAUSE_MS, this.parts.intervalMs * 2 ** Math.min(failures - 1, 10)));
      }
    }
  }

  async #claim(): Promise<{ jobs: RunningJob[]; more: boolean }> {
    const { store, worker, limit, leaseMs, running } = this.parts;
    const sentAt = performance.now();
    const claimed = await store.claim({ worker, types: this.#types, limit: limit - running.size, leaseMs });
    const served = new Set(claimed.jobs.map(({ job }) => job.type));
    this.#types = [...this.#types.filter((type) => !served.has(type)), ...served];
    const jobs = claimed.jobs.map((job) => new RunningJob(job, sentAt + leaseMs));
    for (const job of jobs) running.add(job);
    return { jobs, more: claimed.more };
  }

  /** A job at its place, slice after slice, until it has ended or gives the place up. */
  async #place(job: RunningJob, mustLeave: () => Promise<boolean>): Promise<void> {
    const carrying = this.#carry(job, mustLeave);
    this.#carrying.add(carrying);
    await carrying;
    this.#carrying.delete(carrying);
  }

  async #carry(job: RunningJob, mustLeave: () => Promise<boolean>): Promise<void> {
    try {
      do {
        // An embedded database answers without ever letting timers and requests in between: the beat, a cancel, a page.
        await giveWay();
        if (job.stopped) return await this.#leave(job, () => this.parts.store.release(job.lease));
      } while ((await this.parts.slices.run(job, mustLeave)) === 'goes_on');
    } catch (error) {
      this.parts.logger.error(
        { job: job.number, error: describeError(error) },
        'a slice could not be recorded; its job goes on from the last recorded one',
      );
      await this.#giveUp(job);
    } finally {
      this.parts.running.remove(job);
    }
  }

  /** Asked at the end of a slice. A share that nobody disputes begins anew. */
  async #mustLeave(job: RunningJob): Promise<boolean> {
    if (this.#stopping) return true;
    if (performance.now() - job.shareSince < this.parts.sliceMs) return false;
    job.shareSince = performance.now();
    try {
      return await this.parts.store.someDue(this.#types);
    } catch (error) {
      this.parts.logger.warn(
        { job: job.number, error: describeError(error) },
        'nobody could tell whether others wait; the job stays',
      );
      return false;
    }
  }

  #giveUp(job: RunningJob): Promise<void> {
    return this.#leave(job, () => this.parts.slices.giveUp(job));
  }

  /** Gives a job back at once; when even that fails, its lease runs out. */
  async #leave(job: RunningJob, giveBack: () => Promise<unknown>): Promise<void> {
    this.parts.running.remove(job);
    try {
      await giveBack();
    } catch (error) {
      this.parts.logger.warn(
        { job: job.number, error: describeError(error) },
        'a job could not be given back; its lease runs out',
      );
    }
  }

  /** Whether everything that is carried now ends within so many milliseconds. */
  async #settledWithin(milliseconds: number): Promise<boolean> {
    const timeout = new AbortController();
    const settled = Promise.all(this.#carrying).then(() => true);
    const late = sleep(milliseconds, false, { signal: timeout.signal, ref: true }).catch(() => false);
    try {
      return await Promise.race([settled, late]);
    } finally {
      timeout.abort();
    }
  }
}
