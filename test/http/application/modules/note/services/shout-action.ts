import type { ActionContext, Job, StatusActionInterface } from 'progress-manager';

/** Gives back what it was sent. */
export class ShoutAction implements StatusActionInterface {
  readonly label = 'Shout!';

  getProgressStatusActionData(job: Job): Readonly<Record<string, unknown>> {
    return { number: job.number };
  }

  executeStatusAction(_job: Job, { input, user }: ActionContext): unknown {
    return { input, by: user.id };
  }
}
