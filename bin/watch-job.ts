import { setTimeout as sleep } from 'node:timers/promises';
import { JobNotFoundError } from '../core/contracts/errors.js';
import type { Job } from '../core/contracts/job.js';
import type { JobRef } from '../core/contracts/job-store.js';
import { isTerminal } from '../core/contracts/status.js';
import { type JobView, singleJob } from '../core/http/job-view.js';
import type { ProgressManager } from '../core/progress-manager.js';
import { ADMIN } from './admin.js';

const POLL_MS = 500;

/** The job each time it has changed, until it has ended. Throws JobNotFoundError when it is not, or no longer, there. */
export async function* changesOf(manager: ProgressManager, ref: JobRef, pollMs = POLL_MS): AsyncGenerator<JobView> {
  let seen: Job | undefined;
  for (;;) {
    const job = await manager.get(ref);
    if (job === undefined) throw new JobNotFoundError(ref);
    if (job.revision !== seen?.revision) yield singleJob(job, ADMIN, manager);
    if (isTerminal(job.status)) return;
    seen = job;
    await sleep(pollMs);
  }
}
