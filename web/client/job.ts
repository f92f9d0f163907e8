import type { Status } from '../../core/contracts/status.js';

/**
 * A button of a job. With `data.url` it opens that address, with `data.requestType` besides the server is asked there;
 * with `data.message` that text is shown; without them it is sent to the server. With `data.isEmpty: true` there is
 * nothing to press it for now, and it is not shown.
 */
export interface JobAction {
  readonly type: string;
  readonly label: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A job as the server tells it. Times are ISO 8601 in UTC, `null` is "not known" or "not yet". */
export interface JobView {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly status: { readonly key: Status; readonly translate: string };
  /** Percent, 0…100; 100 only at success. */
  readonly progress: number;
  readonly processed: number | null;
  readonly total: number | null;
  readonly counts: { readonly ok: number; readonly failed: number; readonly skipped: number };
  readonly message: string | null;
  /** Which of the phases of its type it is in, from 1; null for types without phases. */
  readonly phase: { readonly index: number; readonly of: number; readonly name: string } | null;
  readonly eta: string | null;
  readonly attempt: number;
  readonly runAt: string | null;
  /** The number of the job that added this one. */
  readonly parent: number | null;
  /** How the jobs stand that it added; null for none. */
  readonly children: {
    readonly total: number;
    readonly ended: number;
    readonly failed: number;
    readonly cancelled: number;
  } | null;
  readonly actions: readonly JobAction[];
  readonly userId: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly modifiedAt: string;
  readonly finishedAt: string | null;
  readonly isClosed: boolean;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** A page of jobs: unfinished first, then the newest. */
export interface JobList {
  readonly total: number;
  readonly totalIsCapped: boolean;
  readonly list: readonly JobView[];
  /** How many jobs of one's own are unfinished, on this page or not; 100 stands for more, too. */
  readonly ownUnfinished: number;
}

/** The end of a job, as its owner is told of it. */
export interface JobNotification {
  readonly id: number;
  readonly jobId: string;
  readonly status: 'success' | 'error';
  readonly text: string;
}

/** A job type that the caller may start. */
export interface JobTypeView {
  readonly type: string;
  readonly label: string;
  /** JSON Schema (draft 2020-12) of `data`, or null. */
  readonly schema: unknown;
  readonly module: string;
}

/** A file that was uploaded and can be named in a push. */
export interface UploadedFile {
  readonly id: string;
  readonly name: string;
  readonly size: number;
}

/** What starts a job. */
export interface JobPush {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly files?: readonly string[];
}

/** Who is signed in. */
export interface Me {
  readonly id: string;
  readonly isAdmin: boolean;
}

/** Whether the job has not come to an end. */
export function isUnfinished(job: JobView): boolean {
  const { key } = job.status;
  return key === 'new' || key === 'in_progress' || key === 'paused';
}

/** Whether the job may change within seconds: it runs, or waits for a worker rather than for a date or a person. */
export function isMoving(job: JobView, now: number): boolean {
  if (job.status.key === 'new') return job.runAt === null || Date.parse(job.runAt) - now < 10_000;
  return job.status.key === 'in_progress';
}
