import type { OutputFile } from '../contracts/job.js';
import type { ProgressJobInterface } from '../contracts/progress-job.js';
import type { SliceContext } from './job-context.js';
import type { Reading } from './outcome.js';
import { shownProgress } from './progress.js';
import type { RunningJob, Sample } from './running-job.js';

/** What the getters say at the end of a slice. A service may have only getProgress and getStatus: the rest stays as it was. */
export function readService(
  service: ProgressJobInterface,
  { reported }: SliceContext,
  { claimed, shown }: RunningJob,
  outputs: readonly OutputFile[] | undefined,
): Reading {
  const message = service.getMessage ? service.getMessage() : claimed.job.message;
  const progress = service.getProgress();
  return {
    status: service.getStatus(),
    // What was reported within the slice is what people have seen: the bar does not fall back behind it.
    progress: reported && reported.progress > progress ? reported.progress : progress,
    offset: service.getOffset ? service.getOffset() : claimed.job.offset,
    data: service.getData ? JSON.stringify(service.getData()) : undefined,
    result: service.getResult ? JSON.stringify(service.getResult()) : undefined,
    message: message === claimed.job.message ? (reported?.message ?? message) : message,
    counts: service.getCounts ? service.getCounts() : shown.counts,
    outputs,
  };
}

/** What the bar may show in the middle of a slice. */
export function sampleService(service: ProgressJobInterface, { reported }: SliceContext, shown: Sample): Sample {
  const { progress } = shownProgress(Math.max(service.getProgress(), reported?.progress ?? 0), shown.progress, false);
  return {
    progress,
    message: reported?.message ?? service.getMessage?.() ?? shown.message,
    counts: service.getCounts?.() ?? shown.counts,
  };
}
