import { inject } from 'inversify';
import { ActionNotOfferedError, JobNotFoundError } from '../contracts/errors.js';
import type { Job } from '../contracts/job.js';
import type { JobEvents } from '../contracts/job-events.js';
import type { JobStore } from '../contracts/job-store.js';
import type { ActionContext, StatusActionInterface } from '../contracts/status-action.js';

/** Ends a job for good. When this has returned, nothing the job still does is accepted. */
export class CancelStatusAction implements StatusActionInterface {
  constructor(
    @inject('jobStore') private readonly store: JobStore,
    @inject('jobEvents') private readonly events: JobEvents,
  ) {}

  /** `confirm`: the front end asks once before it does it. */
  getProgressStatusActionData(): Readonly<Record<string, unknown>> {
    return { confirm: true };
  }

  async executeStatusAction(job: Job, { user }: ActionContext): Promise<void> {
    if (!(await this.store.cancel(job.number, user))) {
      const now = await this.store.get(job.number, user);
      if (!now) throw new JobNotFoundError(job.id);
      throw new ActionNotOfferedError('cancel', now.status, []);
    }
    this.events.emit('cancelled', job.number);
    this.events.emit('ended', job.id);
  }
}
