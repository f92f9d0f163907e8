import { ActionNotOfferedError, JobNotFoundError } from '../contracts/errors.js';
import type { Job } from '../contracts/job.js';
import type { JobStore } from '../contracts/job-store.js';
import type { User } from '../contracts/user.js';

/**
 * Presses what one guarded update of the store does. Throws ActionNotOfferedError with the status as it is by now when
 * the guard did not hold, JobNotFoundError when the job is gone.
 */
export async function pressGuarded(
  store: JobStore,
  action: 'cancel' | 'pause' | 'resume' | 'retry' | 'close',
  job: Job,
  user: User,
): Promise<void> {
  if (await store[action](job.number, user)) return;
  const now = await store.get(job.number, user);
  if (!now) throw new JobNotFoundError(job.id);
  throw new ActionNotOfferedError(action, now.status, []);
}
