import { type ActionContext, inject, type Job, type Services, type StatusActionInterface } from 'progress-manager';

/** Cancels only for those who give a reason. */
export class CarefulCancelAction implements StatusActionInterface {
  readonly label = 'Cancel with a reason';

  constructor(@inject('jobStore') private readonly store: Services['jobStore']) {}

  getProgressStatusActionData(job: Job): Readonly<Record<string, unknown>> {
    return { ask: `Why should ${job.name} be cancelled?` };
  }

  async executeStatusAction(job: Job, { user, input }: ActionContext): Promise<string> {
    if (typeof input.reason !== 'string') return 'Give a reason.';
    return (await this.store.cancel(job.number, user)) ? `Cancelled: ${input.reason}` : 'It had ended.';
  }
}
