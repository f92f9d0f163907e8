import { inject } from 'inversify';
import type { Job } from '../contracts/job.js';
import type { JobStore } from '../contracts/job-store.js';
import type { ActionContext, StatusActionInterface } from '../contracts/status-action.js';
import { pressGuarded } from './guarded-action.js';

/** Takes a finished job out of its owner's panel; the row stays. */
export class CloseStatusAction implements StatusActionInterface {
  constructor(@inject('jobStore') private readonly store: JobStore) {}

  getProgressStatusActionData(): Readonly<Record<string, unknown>> {
    return {};
  }

  async executeStatusAction(job: Job, { user }: ActionContext): Promise<void> {
    await pressGuarded(this.store, 'close', job, user);
  }
}
