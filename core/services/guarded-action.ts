import { inject } from 'inversify';
import type { ClassOf } from '../contracts/config.js';
import { ActionNotOfferedError, JobNotFoundError } from '../contracts/errors.js';
import type { Job } from '../contracts/job.js';
import type { JobEvents } from '../contracts/job-events.js';
import type { JobStore } from '../contracts/job-store.js';
import type { ActionContext, StatusActionInterface } from '../contracts/status-action.js';
import type { User } from '../contracts/user.js';

/** What one guarded update does, and asks for nothing. */
type Guarded = 'pause' | 'resume' | 'retry' | 'close' | 'start_now';

/**
 * Presses what one guarded update of the store does. Throws ActionNotOfferedError with the status as it is by now when
 * the guard did not hold, JobNotFoundError when the job is gone.
 */
export async function pressGuarded(store: JobStore, action: 'cancel' | Guarded, job: Job, user: User): Promise<void> {
  if (await store[action === 'start_now' ? 'startNow' : action](job.number, user)) return;
  const now = await store.get(job.number, user);
  if (!now) throw new JobNotFoundError(job.id);
  throw new ActionNotOfferedError(action, now.status, []);
}

/**
 * An action that is one guarded update of the store and asks for nothing. `makesDue`: the loop of this process looks
 * at once. Throws as `pressGuarded`, and what the store throws.
 */
export function guardedAction(
  action: Guarded,
  { makesDue = false }: { readonly makesDue?: boolean } = {},
): ClassOf<StatusActionInterface> {
  class GuardedAction implements StatusActionInterface {
    constructor(
      @inject('jobStore') private readonly store: JobStore,
      @inject('jobEvents') private readonly events: JobEvents,
    ) {}

    getProgressStatusActionData(): Readonly<Record<string, unknown>> {
      return {};
    }

    async executeStatusAction(job: Job, { user }: ActionContext): Promise<void> {
      await pressGuarded(this.store, action, job, user);
      if (makesDue) this.events.emit('due', { id: job.id, type: job.type });
    }
  }
  return GuardedAction;
}
