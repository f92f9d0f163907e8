import type { ChildCounts, Job, JobFailure, JobPhase } from '../contracts/job.js';
import { STATUS_WORDS, type Status } from '../contracts/status.js';
import type { User } from '../contracts/user.js';
import type { OfferedAction, ProgressManager } from '../progress-manager.js';

/** A job as programs and pages get it. Times are ISO 8601 in UTC; `null` is what is not known or not there. */
export interface JobView {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly status: { readonly key: Status; readonly translate: string };
  readonly progress: number;
  readonly processed: number;
  readonly total: number | null;
  readonly counts: { readonly ok: number; readonly failed: number; readonly skipped: number };
  readonly message: string | null;
  readonly phase: JobPhase | null;
  readonly eta: string | null;
  readonly attempt: number;
  readonly priority: number;
  readonly key: string | null;
  readonly runAt: string | null;
  /** The number of the job that must succeed before this one starts. */
  readonly waitsFor: number | null;
  /** The number of the job that added this one. */
  readonly parent: number | null;
  /** How the jobs stand that it added, and waits for. */
  readonly children: ChildCounts | null;
  readonly actions: readonly OfferedAction[];
  readonly userId: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly modifiedAt: string;
  readonly finishedAt: string | null;
  readonly isClosed: boolean;
  readonly result: unknown;
  readonly error: JobFailure | null;
  readonly files: readonly { readonly name: string; readonly size: number }[];
  /** Of admins and the owner only. */
  readonly worker?: string | null;
  /** Of admins and the owner only, and not in listings: it may be 1 MiB. */
  readonly data?: unknown;
}

/** The job as it stands in a listing. */
export async function listedJob(job: Job, viewer: User, manager: ProgressManager): Promise<JobView> {
  const { processed, total, failed, skipped } = job.counts;
  return {
    id: job.id,
    number: job.number,
    name: job.name,
    type: job.type,
    status: { key: job.status, translate: STATUS_WORDS[job.status].label },
    progress: job.progress,
    processed,
    total: total ?? null,
    // A service may count slices, and its items besides.
    counts: { ok: Math.max(0, processed - failed - skipped), failed, skipped },
    message: job.message ?? null,
    phase: job.phase ?? null,
    eta: job.eta ?? null,
    attempt: job.attempt,
    priority: job.priority,
    key: job.key ?? null,
    runAt: job.runAt ?? null,
    waitsFor: job.waitsFor ?? null,
    parent: job.parent ?? null,
    children: job.children ?? null,
    actions: await manager.actionsOf(job, { user: viewer }),
    userId: job.userId ?? null,
    createdAt: job.createdAt,
    startedAt: job.startedAt ?? null,
    modifiedAt: job.modifiedAt,
    finishedAt: job.finishedAt ?? null,
    isClosed: job.isClosed,
    result: job.result ?? null,
    error: job.error ?? null,
    files: job.outputs.map(({ name, size }) => ({ name, size })),
    ...(mayLookInside(viewer, job) ? { worker: job.worker ?? null } : {}),
  };
}

/** The job on its own. */
export async function singleJob(job: Job, viewer: User, manager: ProgressManager): Promise<JobView> {
  const view = await listedJob(job, viewer, manager);
  return mayLookInside(viewer, job) ? { ...view, data: job.data } : view;
}

function mayLookInside(viewer: User, job: Job): boolean {
  return viewer.isAdmin || job.userId === viewer.id;
}
