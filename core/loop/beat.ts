import { describeError } from '../contracts/describe-error.js';
import type { Beat as BeatOfJob, JobStore } from '../contracts/job-store.js';
import type { Logger } from '../contracts/logger.js';
import type { Status } from '../contracts/status.js';
import type { LogWriter } from './log-writer.js';
import type { PausedTypes } from './paused-types.js';
import { phaseOf, type RunningJob, type Sample } from './running-job.js';
import type { RunningJobs } from './running-jobs.js';

export interface BeatParts {
  readonly store: JobStore;
  readonly running: RunningJobs;
  readonly paused: PausedTypes;
  readonly logs: LogWriter;
  readonly logger: Logger;
  /** Milliseconds between two beats. */
  readonly beatMs: number;
  readonly leaseMs: number;
}

/**
 * Once a second tells the database how the running jobs stand – sampled progress, what they said for their logs, and
 * every third of the lease its renewal – and hears whether they are still ours. It ends no job; it only fires signals.
 */
export class Beat {
  #timer: NodeJS.Timeout | undefined;
  #beating: Promise<void> | undefined;

  constructor(private readonly parts: BeatParts) {}

  start(): void {
    this.#timer ??= setInterval(() => this.#next(), this.parts.beatMs);
  }

  /** A beat that is under way is not waited for: what it says is guarded like any other. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** One beat for all running jobs. A database that does not answer costs a job its lease, not the process its life. */
  async beat(): Promise<void> {
    const jobs = [...this.parts.running];
    if (jobs.length === 0) return;
    const sentAt = performance.now();
    try {
      const told = jobs.map((job) => this.#tell(job, sentAt));
      const answers = await this.parts.store.beat(
        told.map(({ beat }) => beat),
        this.parts.leaseMs,
      );
      for (const { job, beat, sample } of told) {
        const answer = answers.get(job.number);
        const held = answer?.leaseVersion === beat.leaseVersion && isHeld(answer.status);
        if (held) {
          // It has not begun: whoever pauses it is not to see it run.
          if (job.isWaiting && answer.status === 'paused') job.stop('stopping');
          if (!answer.wasTold) continue;
          if (beat.renew) job.leaseRenewed(sentAt + this.parts.leaseMs);
          // A slice recorded meanwhile says more than this sample.
          if (sample && job.claimed.sliceSeq === beat.sliceSeq) job.shown = sample;
        } else if (job.claimed.leaseVersion === beat.leaseVersion && this.parts.running.get(job.number) === job) {
          job.stop(answer?.status === 'cancelled' || !answer ? 'cancelled' : 'lease_lost');
        }
      }
      await this.parts.paused.look();
    } catch (error) {
      this.parts.logger.error({ error: describeError(error) }, 'a beat failed; it is tried again');
    }
  }

  /** The lease is looked after by this process's own clock, whether or not the database answers. */
  #next(): void {
    const now = performance.now();
    for (const job of this.parts.running) if (job.leaseUntil < now) job.stop('lease_lost');
    this.#beating ??= this.beat().finally(() => {
      this.#beating = undefined;
    });
    // Beside it: a log that is slow must not cost a job its lease.
    void this.parts.logs.write(this.parts.running);
  }

  #tell(job: RunningJob, now: number): { job: RunningJob; beat: BeatOfJob; sample: Sample | undefined } {
    const sample = this.#sample(job);
    const moved = sample && isNews(sample, job.shown) ? sample : undefined;
    if (moved) job.progressSent = Math.max(job.progressSent, moved.progress);
    const renew = job.leaseUntil - now < (this.parts.leaseMs * 2) / 3;
    const told = moved && { moved: { ...moved, phase: phaseOf(moved), estimate: job.estimate(moved, now) } };
    const beat = { ...job.lease, sliceSeq: job.claimed.sliceSeq, renew, ...told };
    return { job, beat, sample: moved };
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

/** A job that was paused is held until its slice has ended. */
const isHeld = (status: Status) => status === 'in_progress' || status === 'paused';

function isNews(sample: Sample, shown: Sample): boolean {
  return (
    sample.progress !== shown.progress ||
    sample.phase?.index !== shown.phase?.index ||
    sample.message !== shown.message ||
    JSON.stringify(sample.counts) !== JSON.stringify(shown.counts)
  );
}
