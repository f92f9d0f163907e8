import type { Job } from '../contracts/job.js';
import type { JobEvents } from '../contracts/job-events.js';
import { isTerminal } from '../contracts/status.js';
import type { RunningJob } from './running-job.js';
import type { Slice } from './slice.js';
import type { SliceLog } from './slice-log.js';
import type { Stored } from './slice-recording.js';

/** What became of the job: it goes on here, or this worker has left it. */
export type AfterSlice = 'goes_on' | 'left';

/** Brings what is known here to what stands in the row now, and tells of it. */
export class SliceFollowing {
  constructor(
    private readonly events: JobEvents,
    private readonly log: SliceLog,
  ) {}

  /** What the slice keeps and lets go of, now that the database has answered; and the jobs that it has added. */
  settle(slice: Slice, stored: Stored): void {
    if (stored.answer !== 'unknown') slice.rowIsKnown();
    if (stored.answer === 'recorded') slice.recorded();
    if (hasAdded(stored)) for (const job of slice.childrenAdded()) this.events.emit('pushed', job);
  }

  /** Where the job goes from here. */
  follow(running: RunningJob, { outcome, answer, leave, sentAt }: Stored): AfterSlice {
    if (answer === 'lost' || answer === 'unknown') {
      running.stop('lease_lost');
      this.log.dropped(running);
      return 'left';
    }
    if (outcome.kind === 'try_later') this.log.triedLater(running, outcome.error, outcome.delayMs);
    if (outcome.kind !== 'record' && outcome.kind !== 'fail') return 'left';
    running.recorded(outcome.slice);
    if (outcome.kind === 'record' && outcome.fault) this.log.fault(running, outcome.fault);
    if (isTerminal(outcome.slice.status)) {
      this.log.ended(running, outcome.slice);
      const { job } = running.claimed;
      this.events.emit('ended', job.id, isQuiet(job), job.parent);
      return 'left';
    }
    if (answer === 'paused' || leave.next !== 'keep') return 'left';
    running.leaseRenewed(sentAt + leave.leaseMs);
    return 'goes_on';
  }
}

/** Its owner is told of its end, if there is one. */
const isQuiet = ({ userId, isHidden }: Job) => userId === undefined || isHidden;

/** The jobs that the slice added are there. */
const hasAdded = ({ outcome, answer, leave }: Stored) =>
  leave.next === 'wait' &&
  (answer === 'recorded' || answer === 'paused') &&
  outcome.kind === 'record' &&
  !isTerminal(outcome.slice.status);
