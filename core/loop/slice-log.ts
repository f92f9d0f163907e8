import { describeError, framesOf } from '../contracts/describe-error.js';
import type { JobFailure } from '../contracts/job.js';
import type { JobLogLevel } from '../contracts/job-log.js';
import type { SliceRecord } from '../contracts/job-store.js';
import type { Logger } from '../contracts/logger.js';
import { isOutage } from '../store/transient.js';
import type { Outcome } from './outcome.js';
import type { RunningJob } from './running-job.js';
import type { Called } from './slice.js';

/**
 * What is said of slices: into the worker's log what their rows will not say, and how jobs ended; into the log of the
 * job what its owner wants to know.
 */
export class SliceLog {
  constructor(private readonly logger: Logger) {}

  /** A worker that had the job died; said once for each death. */
  takenOver(running: RunningJob): void {
    const { claimed, log, place } = running;
    running.isTakeoverTold = true;
    const said = 'Taken over from a worker that died, or was cut off, as its last recorded slice left it.';
    log.add('log', 'warning', place, said, { deaths: claimed.crashCount }, true);
  }

  performed(running: RunningJob, called: Called): void {
    if (running.isCut) {
      say(running, 'warning', 'The slice did not heed its signal and was cut.', { because: running.stopped });
      this.logger.warn(
        { ...who(running), because: running.stopped },
        'a slice did not heed its signal: its place is given to others, and what it still does is refused',
      );
    } else if ('threw' in called && isOutage(called.threw)) {
      say(running, 'warning', `The database failed the slice: ${describeError(called.threw)}`);
      this.logger.warn({ ...who(running), error: describeError(called.threw) }, 'the database failed a slice');
    } else if ('threw' in called && !running.stopped) {
      this.logger.warn({ ...who(running), at: framesOf(called.threw) }, 'a slice threw');
    }
  }

  /** Before it stands in the row. */
  judged(running: RunningJob, outcome: Outcome): void {
    switch (outcome.kind) {
      case 'try_later':
        say(running, 'error', `The slice failed: ${outcome.error.message}`, { code: outcome.error.code });
        say(running, 'warning', `It is tried again in ${seconds(outcome.delayMs)} s.`, {
          tries: running.claimed.triesUsed + 1,
        });
        break;
      case 'record':
      case 'fail': {
        const { error } = outcome.slice;
        // A job may do it with every slice: these lines have no more room than its own.
        if (outcome.kind === 'record' && outcome.fault) running.log.say('log', 'warning', running.place, outcome.fault);
        if (error) say(running, 'error', error.message, { code: error.code });
      }
    }
  }

  /** The ledger of a job's items is full. */
  ledgerIsFull(running: RunningJob, left: number): void {
    say(running, 'warning', `The list of items is full: ${left} of this slice are counted and not listed.`);
  }

  tooLate(running: RunningJob): void {
    this.logger.warn(
      who(running),
      'context.log or context.tell was called after its slice had returned: the line is lost',
    );
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

function say({ log, place }: RunningJob, level: JobLogLevel, message: string, details?: object): void {
  log.add('log', level, place, message, details);
}

const seconds = (milliseconds: number) => Math.round(milliseconds / 1000);

const who = ({ claimed: { job } }: RunningJob) => ({ job: job.number, type: job.type });
