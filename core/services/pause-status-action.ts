import { inject } from 'inversify';
import type { Job } from '../contracts/job.js';
import type { JobStore } from '../contracts/job-store.js';
import type { ActionContext, StatusActionInterface } from '../contracts/status-action.js';
import { pressGuarded } from './guarded-action.js';

/** Lets a job rest: the slice that runs is still recorded, and nothing follows it until somebody resumes the job. */
export class PauseStatusAction implements StatusActionInterface {
  constructor(@inject('jobStore') private readonly store: JobStore) {}

  getProgressStatusActionData(): Readonly<Record<string, unknown>> {
    return {};
  }

  async executeStatusAction(job: Job, { user }: ActionContext): Promise<void> {
    await pressGuarded(this.store, 'pause', job, user);
  }
}
