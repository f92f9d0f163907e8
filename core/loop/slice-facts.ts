import type { JobTypeConfig, Registry } from '../contracts/config.js';
import type { SliceFacts } from './outcome.js';
import type { RunningJob } from './running-job.js';
import { whenWorkerLost } from './when-worker-lost.js';

/** What the type of a job says; `undefined`: no module here has it. */
export function configOf({ types }: Registry, { claimed }: RunningJob): JobTypeConfig | undefined {
  return types.get(claimed.job.type)?.config;
}

/** What is known of a job's slice before it has come back; what it writes and adds is told by the slice itself. */
export function factsOf(registry: Registry, running: RunningJob): SliceFacts {
  const config = configOf(registry, running);
  return {
    claimed: running.claimed,
    lastProgress: Math.max(running.shown.progress, running.progressSent),
    hasWrites: false,
    adds: 0,
    stopped: running.stopped,
    whenWorkerLost: whenWorkerLost(config),
    retry: config?.retry,
    maxSliceMs: config?.maxSliceMs,
    hide: running.hide,
    migratedTo: running.migratedTo,
  };
}
