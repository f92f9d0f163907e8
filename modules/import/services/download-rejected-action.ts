import { type Job, RefusedError, type StatusActionInterface } from 'progress-manager';
import { REJECTED_FILE } from './rejected-file.js';

/** Leads to the list of the rows that were not imported. */
export class DownloadRejectedAction implements StatusActionInterface {
  readonly label = 'Download rejected rows';

  getProgressStatusActionData(job: Job): { readonly url: string } | { readonly isEmpty: true } {
    return hasRejected(job) ? { url: urlOf(job) } : { isEmpty: true };
  }

  /** Throws RefusedError when every row was imported. */
  executeStatusAction(job: Job): { readonly url: string } {
    if (hasRejected(job)) return { url: urlOf(job) };
    throw new RefusedError('file_refused', 'Every row was imported: there are no rejected rows to download.');
  }
}

function hasRejected(job: Job): boolean {
  return job.outputs.some(({ name }) => name === REJECTED_FILE);
}

function urlOf(job: Job): string {
  return `/api/jobs/${job.id}/files/${encodeURIComponent(REJECTED_FILE)}`;
}
