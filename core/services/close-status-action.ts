import { inject } from 'inversify';
import { ActionNotOfferedError, JobNotFoundError } from '../contracts/errors.js';
import type { Job } from '../contracts/job.js';
import type { JobStore } from '../contracts/job-store.js';
import type { ActionContext, StatusActionInterface } from '../contracts/status-action.js';

/** Takes a finished job out of its owner's panel; the row stays. */
export class CloseStatusAction implements StatusActionInterface {
  constructor(@inject('jobStore') private readonly store: JobStore) {}

  getProgressStatusActionData(): Readonly<Record<string, unknown>> {
    return {};
  }

  async executeStatusAction(job: Job, { user }: ActionContext): Promise<void> {
    if (await this.store.close(job.number, user)) return;
    const now = await this.store.get(job.number, user);
    if (!now) throw new JobNotFoundError(job.id);
    throw new ActionNotOfferedError('close', now.status, []);
  }
}
