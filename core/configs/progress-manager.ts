import { defineProgressManager } from '../contracts/config.js';
import { CancelStatusAction } from '../services/cancel-status-action.js';
import { CloseStatusAction } from '../services/close-status-action.js';
import { PauseStatusAction } from '../services/pause-status-action.js';
import { ResumeStatusAction } from '../services/resume-status-action.js';
import { RetryStatusAction } from '../services/retry-status-action.js';
import { RunAgainStatusAction } from '../services/run-again-status-action.js';

/** What every job can do, before any module is there. Loaded like a module's config, and first. */
export default defineProgressManager({
  actionService: {
    // A function is one slice: once it runs, a pause would come at its end.
    pause: { service: PauseStatusAction, when: (job, type) => job.status === 'new' || type?.run === undefined },
    resume: ResumeStatusAction,
    cancel: CancelStatusAction,
    retry: RetryStatusAction,
    run_again: { service: RunAgainStatusAction, when: (_job, type) => type !== undefined },
    close: CloseStatusAction,
  },
  statusAction: {
    new: ['pause', 'cancel'],
    in_progress: ['pause', 'cancel'],
    paused: ['resume', 'cancel'],
    success: ['close', 'run_again'],
    error: ['retry', 'close', 'run_again'],
    cancelled: ['retry', 'close', 'run_again'],
  },
});
