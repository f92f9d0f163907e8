import type { Job, Status } from 'progress-manager';

/** 0 waiting, 1 in progress, 2 completed, 3 rejected. */
const STATUS_OF: Readonly<Record<Exclude<Status, 'paused'>, 0 | 1 | 2 | 3>> = {
  new: 0,
  in_progress: 1,
  success: 2,
  error: 3,
  cancelled: 3,
};

/** How a job stands, in numbers. One that is paused stands where it stood before. */
export function taskStatus({ status, progress, startedAt }: Job): {
  readonly progress: number;
  readonly status: number;
} {
  const stood = status === 'paused' ? (startedAt === undefined ? 'new' : 'in_progress') : status;
  return { progress: Math.floor(progress), status: STATUS_OF[stood] };
}
