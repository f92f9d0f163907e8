import { describeError } from '../../contracts/describe-error.js';
import type { ClaimedJob } from '../../contracts/job-store.js';
import type { Logger } from '../../contracts/logger.js';
import { PLACES } from '../job-log.js';
import { RunningJob, type Sample } from '../running-job.js';
import type { RunningJobs } from '../running-jobs.js';
import type { SliceRunner } from '../slice-runner.js';
import type { ChildOptions, FromChild, ToChild } from './messages.js';

export interface ChildSlicesParts {
  readonly slices: SliceRunner;
  readonly running: RunningJobs;
  readonly logger: Logger;
  readonly options: ChildOptions;
  readonly send: (message: FromChild) => void;
  /** Closes what is open, and ends the process. */
  readonly end: () => void;
}

/** So many lines between two beats go at once; what is said besides goes with the next beat. */
const AT_ONCE = 100;

/** In the child process: carries its one job a slice further whenever the worker says so. */
export class ChildSlices {
  #job: RunningJob | undefined;
  /** The last beat of the worker that came through. */
  #heard = 0;
  /** Since the last beat. */
  #sentAtOnce = 0;
  #answerLeave: (must: boolean) => void = () => undefined;

  constructor(private readonly parts: ChildSlicesParts) {
    setInterval(() => this.#beat(), parts.options.beatMs);
  }

  hear(message: ToChild): void {
    switch (message.kind) {
      case 'begin':
        this.#job = this.#begin(message.claimed, message.leaseLeftMs);
        break;
      case 'slice':
        if (this.#job) void this.#slice(this.#job);
        break;
      case 'lease':
        this.#heard = message.beat;
        this.#job?.leaseRenewed(performance.now() + message.leftMs);
        this.#job?.log.writtenUpTo(message.writtenUpTo);
        break;
      case 'stop':
        this.#job?.stop(message.because);
        break;
      case 'leave':
        this.#answerLeave(message.must);
        break;
      case 'end':
        this.parts.end();
    }
  }

  async #slice(job: RunningJob): Promise<void> {
    const { slices, send } = this.parts;
    try {
      const after = await slices.run(job, () => this.#mustLeave());
      send({ kind: 'after', after, state: stateOf(job) });
    } catch (error) {
      send({ kind: 'threw', message: describeError(error, job.hide), state: stateOf(job) });
    }
  }

  #begin(claimed: ClaimedJob, leaseLeftMs: number): RunningJob {
    const lines = { first: PLACES.child, last: PLACES.afterChild };
    const job = new RunningJob(claimed, performance.now() + leaseLeftMs, this.parts.options.graceMs, lines);
    job.log.onSaid = () => this.#sendSoon(job);
    this.parts.running.add(job);
    return job;
  }

  #mustLeave(): Promise<boolean> {
    return new Promise((resolve) => {
      this.#answerLeave = resolve;
      this.parts.send({ kind: 'mustLeave' });
    });
  }

  /** Says that this process lives, and what the bar may show. A worker that fell silent has lost the lease. */
  #beat(): void {
    const job = this.#job;
    if (!job) return;
    if (job.leaseUntil < performance.now()) job.stop('lease_lost');
    const sample = this.#sample(job);
    if (sample) {
      job.shown = sample;
      job.progressSent = Math.max(job.progressSent, sample.progress);
    }
    this.#sentAtOnce = 0;
    this.#sendLines(job);
    const residentBytes = process.memoryUsage.rss();
    this.parts.send({ kind: 'alive', sample, residentBytes, heard: this.#heard });
  }

  /** A process that dies in its next step has told why. */
  #sendSoon(job: RunningJob): void {
    if (++this.#sentAtOnce <= AT_ONCE) this.#sendLines(job);
  }

  #sendLines(job: RunningJob): void {
    const lines = job.log.unsent(job.place);
    if (lines.length === 0) return;
    this.parts.send({ kind: 'lines', lines });
  }

  #sample(job: RunningJob): Sample | undefined {
    try {
      return job.sampler?.();
    } catch (error) {
      this.parts.logger.warn(
        { job: job.number, error: describeError(error) },
        'getProgress threw in the middle of a slice',
      );
      return undefined;
    }
  }
}

const stateOf = ({ claimed, shown, progressSent, phase, pace }: RunningJob) => ({
  claimed,
  shown,
  progressSent,
  phase,
  pace,
});
