import type { ActionContext, Job, StatusActionInterface } from 'progress-manager';

/**
 * A button that is one request; a true answer makes the client load its list again. A module extends it, names its key
 * as `path`, and does its work in `executeStatusAction`: `PUT ProgressManager/{id}/{path}` presses it.
 */
export class RequestAction implements StatusActionInterface {
  readonly requestType: string = 'PUT';
  readonly path: string = 'request';

  getProgressStatusActionData({ id }: Job): Readonly<Record<string, unknown>> {
    return { requestType: this.requestType, url: `ProgressManager/${id}/${this.path}` };
  }

  executeStatusAction(_job: Job, _context: ActionContext): unknown {
    return true;
  }
}
