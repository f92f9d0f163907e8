import { setImmediate as giveWay, setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../contracts/describe-error.js';
import type { JobStore } from '../contracts/job-store.js';
import type { Logger } from '../contracts/logger.js';
import type { Isolation } from './isolation/isolation.js';
import type { LogWriter } from './log-writer.js';
import type { PausedTypes } from './paused-types.js';
import type { RunningJob } from './running-job.js';
import type { RunningJobs } from './running-jobs.js';
import { type Soon, soon } from './soon.js';
import type { Throttles } from './throttles.js';

export interface PlacesParts {
  readonly store: JobStore;
  readonly slices: Isolation;
  readonly running: RunningJobs;
  readonly paused: PausedTypes;
  readonly throttles: Throttles;
  readonly logs: LogWriter;
  readonly logger: Logger;
  /** The database runs in this process. */
  readonly isEmbedded: boolean;
  /** Fair share: after this long a job gives its place up when another is due, ms. */
  readonly sliceMs: number;
}

/** How a job is carried, and who is told that it no longer is. */
export interface Course {
  /** Fires when nothing new may be begun. */
  readonly ends: AbortSignal;
  /** One slice, and no more. */
  readonly isOneSlice: boolean;
  /** The types that this worker serves. */
  readonly types: readonly string[];
  /** Told when the job has left its place. */
  readonly left?: () => void;
}

/** The places at which jobs are carried, slice after slice, until they have ended or give their place up. */
export class Places {
  /** Pieces of work under way. */
  #busy = 0;
  /** Who waits until there are none. */
  readonly #waiting: (() => void)[] = [];
  #carried = 0;

  constructor(private readonly parts: PlacesParts) {}

  /** Ends when the job has left its place. Never throws. */
  carry(job: RunningJob, course: Course): Promise<void> {
    return this.track(this.#carry(job, course));
  }

  /** Is nothing carried now? */
  get areFree(): boolean {
    return this.#carried === 0;
  }

  /** Counts a piece of work among those that `settledWithin` waits for. */
  track<T>(work: Promise<T>): Promise<T> {
    const over = () => this.#over();
    this.#busy++;
    work.then(over, over);
    return work;
  }

  /** Ends with all of it and what it begins meanwhile, after so many milliseconds at most. */
  async settledWithin(milliseconds: number): Promise<void> {
    const timeout = new AbortController();
    // Ended early, it is not awaited any more.
    const late = sleep(milliseconds, undefined, { signal: timeout.signal }).catch(() => undefined);
    try {
      await Promise.race([this.settled(), late]);
    } finally {
      timeout.abort();
    }
  }

  /** Ends with all of it and what it begins meanwhile. */
  async settled(): Promise<void> {
    while (this.#busy > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async #carry(job: RunningJob, course: Course): Promise<void> {
    const { slices, store, running } = this.parts;
    this.#carried++;
    try {
      do {
        // It answers without ever letting timers and requests in between: the beat, a cancel, a page.
        if (this.parts.isEmbedded) await giveWay();
        const isPaused = job.claimed.job.status === 'paused';
        if (job.stopped || course.ends.aborted || isPaused) {
          await this.#leave(job, () => store.release(job.lease));
          break;
        }
      } while ((await slices.run(job, () => this.#mustLeave(job, course))) === 'goes_on');
    } catch (error) {
      this.parts.logger.error(
        { job: job.number, error: describeError(error) },
        'a slice could not be recorded; what becomes of its job is said by its type',
      );
      await this.#leave(job, () => slices.giveUp(job));
    }
    try {
      // Else a worker had more processes than places.
      const ending = slices.leave(job);
      if (ending) await ending;
    } catch (error) {
      this.parts.logger.error(
        { job: job.number, error: describeError(error) },
        'the process of a job could not be ended',
      );
    }
    running.remove(job);
    this.#carried--;
    // What is left: its last slice was recorded while somebody paused the job, or its log could not be written before.
    if (job.hasLines) await this.parts.logs.flush(job);
    course.left?.();
  }

  #over(): void {
    if (--this.#busy > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Asked at the end of a slice. A share that nobody disputes begins anew. */
  #mustLeave(job: RunningJob, { ends, isOneSlice, types }: Course): Soon<boolean> {
    const { type } = job.claimed.job;
    if (isOneSlice || ends.aborted || this.parts.paused.has(type)) return true;
    return soon(this.parts.throttles.holds(type), (isHeld) => isHeld || this.#mustShare(job, types));
  }

  #mustShare(job: RunningJob, types: readonly string[]): Soon<boolean> {
    if (performance.now() - job.shareSince < this.parts.sliceMs) return false;
    job.shareSince = performance.now();
    return this.#someWait(job, types);
  }

  async #someWait(job: RunningJob, types: readonly string[]): Promise<boolean> {
    if (types.length > 0 && this.parts.running.someWait) return true;
    try {
      return await this.parts.store.someDue(types);
    } catch (error) {
      this.parts.logger.warn(
        { job: job.number, error: describeError(error) },
        'nobody could tell whether others wait; the job stays',
      );
      return false;
    }
  }

  /** Gives a job back at once; when even that fails, its lease runs out. */
  async #leave(job: RunningJob, giveBack: () => Promise<unknown>): Promise<void> {
    this.parts.running.remove(job);
    try {
      if (job.hasLines) await this.parts.logs.flush(job);
      await giveBack();
    } catch (error) {
      this.parts.logger.warn(
        { job: job.number, error: describeError(error) },
        'a job could not be given back; its lease runs out',
      );
    }
  }
}
