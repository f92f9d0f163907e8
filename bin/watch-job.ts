import { setTimeout as sleep } from 'node:timers/promises';
import { JobNotFoundError } from '../core/contracts/errors.js';
import type { Job } from '../core/contracts/job.js';
import type { JobRef } from '../core/contracts/job-store.js';
import { isTerminal } from '../core/contracts/status.js';
import { type JobView, singleJob } from '../core/http/job-view.js';
import type { ProgressManager } from '../core/progress-manager.js';
import { ADMIN } from './admin.js';
import type { Output } from './output.js';

const POLL_MS = 500;
/** Workers look every second: what nobody has taken after so many looks, perhaps nobody will. */
const UNTAKEN_LOOKS = 8;

/**
 * The job each time it has changed, until it has ended; says once when no worker takes it. Throws JobNotFoundError
 * when it is not, or no longer, there, and the signal's reason.
 */
export async function* changesOf(
  manager: ProgressManager,
  ref: JobRef,
  output: Output,
  { pollMs = POLL_MS, signal }: { readonly pollMs?: number; readonly signal?: AbortSignal } = {},
): AsyncGenerator<JobView> {
  let seen: Job | undefined;
  for (let looks = 1; ; looks++) {
    const job = await manager.get(ref);
    if (job === undefined) throw new JobNotFoundError(ref);
    if (job.revision !== seen?.revision) yield singleJob(job, ADMIN, manager);
    if (isTerminal(job.status)) return;
    if (looks === UNTAKEN_LOOKS && job.status === 'new' && !isForLater(job)) sayUntaken(output);
    seen = job;
    await sleep(pollMs, undefined, { ...(signal && { signal }) });
  }
}

function isForLater({ runAt }: Job): boolean {
  return runAt !== undefined && Date.parse(runAt) > Date.now();
}

function sayUntaken(output: Output): void {
  output.endChanges();
  output.note(
    'No worker has taken it yet. Does one run on this database? "progress-manager work" is one, in a clone "npm run pm -- work".',
  );
}
