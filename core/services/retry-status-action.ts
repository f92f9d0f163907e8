import { inject } from 'inversify';
import type { Job } from '../contracts/job.js';
import type { JobEvents } from '../contracts/job-events.js';
import type { JobStore } from '../contracts/job-store.js';
import type { ActionContext, StatusActionInterface } from '../contracts/status-action.js';
import { pressGuarded } from './guarded-action.js';

/**
 * Lets a job that ended in error or was cancelled try again now, where it was, with every counter at its beginning.
 * Throws KeyBusyError when another job holds its key by now.
 */
export class RetryStatusAction implements StatusActionInterface {
  constructor(
    @inject('jobStore') private readonly store: JobStore,
    @inject('jobEvents') private readonly events: JobEvents,
  ) {}

  getProgressStatusActionData(): Readonly<Record<string, unknown>> {
    return {};
  }

  async executeStatusAction(job: Job, { user }: ActionContext): Promise<void> {
    await pressGuarded(this.store, 'retry', job, user);
    this.events.emit('due', { id: job.id, type: job.type });
  }
}
