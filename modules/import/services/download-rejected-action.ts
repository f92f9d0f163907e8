import { type Job, RefusedError, type StatusActionInterface } from 'progress-manager';
import { REJECTED_FILE } from './rejected-file.js';

/** Leads to the list of the rows that were not imported. */
export class DownloadRejectedAction implements StatusActionInterface {
  readonly label = 'Download rejected rows';

  getProgressStatusActionData(): Record<string, unknown> {
    return {};
  }

  /** Throws RefusedError when every row was imported. */
  executeStatusAction(job: Job): { readonly url: string } {
    if (!job.outputs.some(({ name }) => name === REJECTED_FILE)) {
      throw new RefusedError('file_refused', 'Every row was imported: there are no rejected rows to download.');
    }
    return { url: `/api/jobs/${job.id}/files/${encodeURIComponent(REJECTED_FILE)}` };
  }
}
