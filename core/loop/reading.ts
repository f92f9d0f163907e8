import { bounded } from '../contracts/describe-error.js';
import type { OutputFile } from '../contracts/job.js';
import type { ProgressJobInterface } from '../contracts/progress-job.js';
import type { SliceContext } from './job-context.js';
import type { Reading } from './outcome.js';
import { shownCounts, shownProgress } from './progress.js';
import type { RunningJob, Sample } from './running-job.js';

/** What the getters say at the end of a slice. A service may have only getProgress and getStatus: the rest stays as it was. */
export function readService(
  service: ProgressJobInterface,
  { reported }: SliceContext,
  running: RunningJob,
  outputs: readonly OutputFile[] | undefined,
): Reading {
  const { claimed, shown } = running;
  const message = service.getMessage ? service.getMessage() : claimed.job.message;
  const progress = service.getProgress();
  return {
    status: service.getStatus(),
    // What was reported within the slice is what people have seen: the bar does not fall back behind it.
    progress: reported && reported.progress > progress ? reported.progress : progress,
    offset: service.getOffset ? service.getOffset() : claimed.job.offset,
    data: running.hideInJson(service.getData ? JSON.stringify(service.getData()) : undefined),
    result: running.hideInJson(service.getResult ? JSON.stringify(service.getResult()) : undefined),
    message: hidden(running, asText(message === claimed.job.message ? (reported?.message ?? message) : message)),
    counts: service.getCounts ? service.getCounts() : shown.counts,
    outputs,
  };
}

/** What the bar may show in the middle of a slice. */
export function sampleService(service: ProgressJobInterface, { reported }: SliceContext, running: RunningJob): Sample {
  const { shown } = running;
  const { progress } = shownProgress(Math.max(service.getProgress(), reported?.progress ?? 0), shown.progress, false);
  const message = hidden(running, asText(reported?.message ?? service.getMessage?.() ?? shown.message));
  return {
    progress,
    message: message === undefined ? undefined : bounded(message),
    counts: service.getCounts ? shownCounts(service.getCounts(), shown.counts).counts : shown.counts,
  };
}

/** Before it is cut: half of a secret would be told otherwise. */
function hidden(running: RunningJob, message: string | undefined): string | undefined {
  return message === undefined ? undefined : running.hide(message);
}

/** Modules may be plain JavaScript: what is no text must not reach a statement, and counts as thrown by the job. */
function asText(message: unknown): string | undefined {
  if (message === undefined || message === null || typeof message === 'string') return message ?? undefined;
  throw new TypeError(`The message of a job must be a text, not a ${typeof message}.`);
}
