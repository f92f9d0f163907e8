import { describeError } from '../contracts/describe-error.js';
import type { JobLogStore, NewLine } from '../contracts/job-log.js';
import type { Logger } from '../contracts/logger.js';
import type { WriteTransaction } from '../contracts/progress-job.js';
import type { RunningJob } from './running-job.js';

/** How much a job may write before its log is looked at for its limit again, bytes. */
const LOOK_AFTER_BYTES = 64 * 1024;

/** Brings what running jobs say into the table. What goes wrong there ends no job; what is not written stays to be. */
export class LogWriter {
  #writing: Promise<void> | undefined;

  constructor(
    private readonly store: JobLogStore,
    private readonly logger: Logger,
  ) {}

  /** With each beat: all that waits, unless the last is still under way. Never throws. */
  write(jobs: Iterable<RunningJob>): Promise<void> {
    const talkers = [...jobs].filter(({ hasLines }) => hasLines);
    if (talkers.length === 0) return this.#writing ?? NOTHING;
    this.#writing ??= this.#write(talkers).finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  /** Before a job is left: from then on its lines would be refused. A database that is away is waited for. Never throws. */
  async flush(job: RunningJob): Promise<void> {
    if (!job.hasLines) return;
    const lines = job.log.waiting(job.place);
    try {
      await this.store.append([{ ...job.lease, lines }], { isPatient: true });
      await this.#written(job, lines);
    } catch (error) {
      this.logger.warn(
        { job: job.number, lines: lines.length, error: describeError(error) },
        'the last lines of a job could not be written into its log',
      );
    }
  }

  /** With the record of a slice. Gives what is to be called once that is committed. Throws as the database does. */
  async writeInside(job: RunningJob, transaction: WriteTransaction): Promise<() => Promise<void>> {
    const lines = job.log.waiting(job.place);
    await this.store.append([{ ...job.lease, lines }], { inside: transaction });
    return () => this.#written(job, lines);
  }

  async #write(jobs: readonly RunningJob[]): Promise<void> {
    const leased = jobs.map((job) => ({ job, lines: job.log.waiting(job.place) }));
    try {
      await this.store.append(leased.map(({ job, lines }) => ({ ...job.lease, lines })));
      for (const { job, lines } of leased) await this.#written(job, lines);
    } catch (error) {
      this.logger.warn({ error: describeError(error) }, 'the logs of jobs could not be written; it is tried again');
    }
  }

  /** What is too much now is so still after the next write. */
  async #written(job: RunningJob, lines: readonly NewLine[]): Promise<void> {
    try {
      for (const kind of job.log.written(lines, LOOK_AFTER_BYTES)) await this.store.trim(job.number, kind);
    } catch (error) {
      this.logger.warn({ job: job.number, error: describeError(error) }, 'the log of a job could not be shortened');
    }
  }
}

const NOTHING = Promise.resolve();
