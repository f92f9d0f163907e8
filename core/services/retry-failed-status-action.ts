import { inject } from 'inversify';
import type { Job } from '../contracts/job.js';
import type { RetriesFailed } from '../contracts/retries-failed.js';
import type { ActionContext, StatusActionInterface } from '../contracts/status-action.js';
import { APPLICATION } from '../contracts/user.js';

/** Pushes a job for the failed items of this one, which stays as it is. Gives the new job's id and number. */
export class RetryFailedStatusAction implements StatusActionInterface {
  readonly label = 'Retry failed items';

  constructor(@inject('progressManager') private readonly manager: RetriesFailed) {}

  /** Left out where no failed item is listed: they went well in the end, or the job only counted them. */
  async getProgressStatusActionData(job: Job): Promise<Readonly<Record<string, unknown>>> {
    const { list } = await this.manager.items(job.number, { outcome: 'failed', limit: 1 }, { user: APPLICATION });
    return list.length > 0 ? {} : { isEmpty: true };
  }

  executeStatusAction(job: Job, { user }: ActionContext): Promise<unknown> {
    return this.manager.retryFailed(job.number, { user });
  }
}
