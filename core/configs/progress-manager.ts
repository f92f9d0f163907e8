import { defineProgressManager } from '../contracts/config.js';
import { CancelStatusAction } from '../services/cancel-status-action.js';
import { guardedAction } from '../services/guarded-action.js';
import { RetryFailedStatusAction } from '../services/retry-failed-status-action.js';
import { RunAgainStatusAction } from '../services/run-again-status-action.js';

/** What every job can do, before any module is there. Loaded like a module's config, and first. */
export default defineProgressManager({
  actionService: {
    // The slice that runs is still recorded. A function is one slice: once it runs, a pause would come at its end.
    pause: { service: guardedAction('pause'), when: (job, type) => job.status === 'new' || type?.run === undefined },
    // Where it was.
    resume: guardedAction('resume', { makesDue: true }),
    // Without waiting for the job that was to succeed first.
    start_now: { service: guardedAction('start_now', { makesDue: true }), when: (job) => job.waitsFor !== undefined },
    cancel: CancelStatusAction,
    // Where it was, with every counter at its beginning; refused while another job holds its key.
    retry: guardedAction('retry', { makesDue: true }),
    // Only where the type says what a job for some of its items is.
    retry_failed: {
      service: RetryFailedStatusAction,
      when: (job, type) => type?.retryItems !== undefined && job.counts.failed > 0,
    },
    run_again: { service: RunAgainStatusAction, when: (_job, type) => type !== undefined },
    // Out of its owner's panel; the row stays.
    close: guardedAction('close'),
  },
  statusAction: {
    new: ['start_now', 'pause', 'cancel'],
    in_progress: ['pause', 'cancel'],
    paused: ['resume', 'cancel'],
    success: ['retry_failed', 'close', 'run_again'],
    error: ['retry', 'retry_failed', 'close', 'run_again'],
    cancelled: ['retry', 'retry_failed', 'close', 'run_again'],
  },
});
