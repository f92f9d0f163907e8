import { inject } from 'inversify';
import type { Job } from '../contracts/job.js';
import type { JobEvents } from '../contracts/job-events.js';
import type { JobStore } from '../contracts/job-store.js';
import type { ActionContext, StatusActionInterface } from '../contracts/status-action.js';
import { pressGuarded } from './guarded-action.js';

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
    await pressGuarded(this.store, 'cancel', job, user);
    this.events.emit('cancelled', job.number);
    this.events.emit('ended', job.id, true, job.parent);
  }
}
