import { inject, type Job, type Services, type StatusActionInterface } from 'progress-manager';

/**
 * Shows why a job failed, in TreoCore's words. `popupData` offers it by itself; a type that wants the button on every page
 * names it: `action: { error: ['showMessage'] }`.
 */
export class ShowMessageAction implements StatusActionInterface {
  readonly label = 'Show message';

  constructor(@inject('registry') private readonly registry: Services['registry']) {}

  getProgressStatusActionData(job: Job): Readonly<Record<string, unknown>> {
    const message = this.#messageOf(job);
    return message === undefined ? { isEmpty: true } : { message };
  }

  executeStatusAction(job: Job): Readonly<Record<string, unknown>> {
    return this.getProgressStatusActionData(job);
  }

  #messageOf({ status, type, error, message }: Job): string | undefined {
    const known = this.registry.types.get(type);
    // It waits until its module is back.
    if (status === 'new' && known === undefined) return `No such ProgressManager job type: ${type}`;
    if (status !== 'error' || error === undefined) return undefined;
    if (error.code === 'no_service') return `No such service: ${known?.config.service?.name ?? type}`;
    if (error.code === 'bad_service') return 'ProgressManager service should be instance of: ProgressJobInterface';
    // A service that says itself that it failed, or a hook that refuses ("No such user: …"), has words of its own.
    const isOwn = error.message === message || error.code === 'refused_by_hook';
    return isOwn ? error.message : `ProgressManager job running failed: ${error.message}`;
  }
}
