import type { RecordedSlice } from '../contracts/hook.js';
import type { SliceRecord } from '../contracts/job-store.js';
import type { Hooks } from '../hooks/hooks.js';
import type { RunningJob } from './running-job.js';

/**
 * Tells the hooks of a slice that is about to be written. They are begun and not waited for: the slice may stand in a
 * transaction, which would wait for them on SQLite, and they for it.
 */
export function tellBeforeRecord(hooks: Hooks, { claimed }: RunningJob, slice: SliceRecord): void {
  const listening = hooks.of('beforeRecord');
  if (listening.length === 0) return;
  const { status, progress, offset } = slice;
  const told: RecordedSlice = {
    ...{ status, progress, offset },
    // Up to 1 MiB, in which few are interested.
    get data() {
      return parsed(slice.data ?? claimed.dataText);
    },
  };
  for (const hook of listening) void hooks.tell(hook, { job: claimed.job, slice: told });
}

/** `undefined` for the text of a corrupt row, which the job's error tells. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
