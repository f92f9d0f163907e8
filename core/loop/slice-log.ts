import { describeError, framesOf } from '../contracts/describe-error.js';
import type { JobFailure } from '../contracts/job.js';
import type { SliceRecord } from '../contracts/job-store.js';
import type { Logger } from '../contracts/logger.js';
import { isOutage } from '../store/transient.js';
import type { RunningJob } from './running-job.js';
import type { Called } from './slice.js';

/** What the log says of slices: what their rows will not say, and how jobs ended. */
export class SliceLog {
  constructor(private readonly logger: Logger) {}

  performed(running: RunningJob, called: Called): void {
    if (running.isCut) {
      this.logger.warn(
        { ...who(running), because: running.stopped },
        'a slice did not heed its signal: its place is given to others, and what it still does is refused',
      );
    } else if ('threw' in called && isOutage(called.threw)) {
      this.logger.warn({ ...who(running), error: describeError(called.threw) }, 'the database failed a slice');
    } else if ('threw' in called && !running.stopped) {
      this.logger.warn({ ...who(running), at: framesOf(called.threw) }, 'a slice threw');
    }
  }

  triedLater(running: RunningJob, error: JobFailure, delayMs: number): void {
    this.logger.warn({ ...who(running), error: error.message, delayMs }, 'a slice failed; its job is tried again');
  }

  fault(running: RunningJob, fault: string): void {
    this.logger.warn(who(running), fault);
  }

  ended(running: RunningJob, { status, error }: SliceRecord): void {
    this.logger.info({ ...who(running), status, code: error?.code }, 'job ended');
  }

  notClosed(running: RunningJob, error: unknown): void {
    this.logger.warn(
      { ...who(running), error: describeError(error) },
      'a file of a slice could not be closed or removed',
    );
  }

  dropped(running: RunningJob): void {
    this.logger.info({ ...who(running), because: running.stopped }, 'a slice was dropped: its job is no longer held');
  }
}

const who = ({ claimed: { job } }: RunningJob) => ({ job: job.number, type: job.type });
