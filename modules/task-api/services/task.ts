import type { Job, Status } from 'progress-manager';

/** A job as task managers of this kind tell it. Times are RFC 3339. */
export interface Task {
  readonly id: string;
  readonly type: string;
  readonly status: 'running' | 'completed' | 'error';
  /** Whole percent, 0…100. */
  readonly progress: number;
  /** What the job said last; `''` for nothing. */
  readonly message: string;
  /** What it returned; `null` until it is completed. */
  readonly result: unknown;
  /** Why it failed; `''` otherwise. */
  readonly error: string;
  readonly created_at: string;
  readonly done_at: string | null;
}

/** A task runs from its submission on, also while it waits for a worker; one that was cancelled has failed. */
const STATUS_OF: Readonly<Record<Status, Task['status']>> = {
  new: 'running',
  in_progress: 'running',
  paused: 'running',
  success: 'completed',
  error: 'error',
  cancelled: 'error',
};

export function taskOf(job: Job): Task {
  const status = STATUS_OF[job.status];
  return {
    id: job.id,
    type: job.type,
    status,
    progress: Math.floor(job.progress),
    message: job.message ?? '',
    result: status === 'completed' ? (job.result ?? null) : null,
    error: status === 'error' ? errorOf(job) : '',
    created_at: job.createdAt,
    done_at: job.finishedAt ?? null,
  };
}

function errorOf({ status, error }: Job): string {
  if (status === 'cancelled') return 'The task was cancelled.';
  return error?.message || 'The task failed without a word.';
}
