import { inject } from 'inversify';
import type { Job } from '../contracts/job.js';
import type { RunsAgain } from '../contracts/runs-again.js';
import type { ActionContext, StatusActionInterface } from '../contracts/status-action.js';

/** Pushes the same job anew, from its beginning; this one stays as it is. Gives the new job's id and number. */
export class RunAgainStatusAction implements StatusActionInterface {
  constructor(@inject('progressManager') private readonly manager: RunsAgain) {}

  getProgressStatusActionData(): Readonly<Record<string, unknown>> {
    return {};
  }

  executeStatusAction(job: Job, { user }: ActionContext): Promise<unknown> {
    return this.manager.runAgain(job.number, { user });
  }
}
