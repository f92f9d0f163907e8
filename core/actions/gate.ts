import type { Registry } from '../contracts/config.js';
import type { Job } from '../contracts/job.js';
import type { User } from '../contracts/user.js';

/**
 * The one rule for what may be pressed now, used for showing and for executing: the actions of the status, then
 * those of the type for that status, for the owner and for admins; without those whose own condition the job does not meet.
 */
export function allowedActions(registry: Registry, job: Job, user: User): readonly string[] {
  if (!user.isAdmin && user.id !== job.userId) return [];
  const keys = [
    ...(registry.statusAction[job.status] ?? []),
    ...(registry.types.get(job.type)?.config.action?.[job.status] ?? []),
  ];
  const type = registry.types.get(job.type)?.config;
  return [...new Set(keys)].filter((key) => {
    const action = registry.actions.get(key);
    return action !== undefined && (action.when?.(job, type) ?? true);
  });
}
