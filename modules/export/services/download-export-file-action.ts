import { FileMissingError, type Job, type StatusActionInterface } from 'progress-manager';

/** Leads to the file that an export wrote. */
export class DownloadExportFileAction implements StatusActionInterface {
  readonly label = 'Download';

  getProgressStatusActionData(job: Job): Record<string, unknown> {
    const [file] = job.outputs;
    return file === undefined ? {} : { url: `/api/jobs/${job.id}/files/${encodeURIComponent(file.name)}` };
  }

  /** Throws FileMissingError when the job wrote none. */
  executeStatusAction(job: Job): Record<string, unknown> {
    if (job.outputs.length === 0) throw new FileMissingError('export');
    return this.getProgressStatusActionData(job);
  }
}
