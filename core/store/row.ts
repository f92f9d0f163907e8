import type { ChildCounts, InputFile, Job, JobFailure, JobPhase, OutputFile } from '../contracts/job.js';
import type { ClaimedJob } from '../contracts/job-store.js';
import type { SealedSecrets } from '../contracts/secret.js';
import type { Status } from '../contracts/status.js';
import type { Dialect } from './dialect.js';
import { paceOf } from './pace-text.js';

/** A row of `progress_manager` as the drivers give it: BIGINT beyond 2^53 and DECIMAL as text, flags as 0 and 1. */
export interface JobRow {
  readonly number: number | string;
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly status: string;
  readonly progress: number | string;
  readonly progress_offset: number | string;
  readonly processed: number | string;
  readonly total: number | string | null;
  readonly failed: number | string;
  readonly skipped: number | string;
  readonly phase: string | null;
  readonly eta_at: string | null;
  readonly message: string | null;
  readonly data: string;
  readonly result: string | null;
  readonly error: string | null;
  readonly inputs: string | null;
  readonly outputs: string | null;
  readonly created_by_id: string | null;
  readonly job_key: string | null;
  readonly job_group: string | null;
  readonly waits_for: number | string | null;
  readonly parent: number | string | null;
  readonly schedule_key: string | null;
  readonly children: string | null;
  readonly priority: number;
  readonly version: number;
  readonly secret_key: string | null;
  readonly attempt: number;
  readonly revision: number | string;
  readonly is_hidden: number;
  readonly is_closed: number;
  readonly lease_owner: Buffer | string | null;
  readonly run_at: string | null;
  readonly due_at: string | null;
  readonly created_at: string;
  readonly modified_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

/** What a claim reads besides. */
export interface ClaimedRow extends JobRow {
  readonly lease_version: number | string;
  readonly slice_seq: number | string;
  readonly crash_count: number;
  readonly is_isolated: number;
  readonly child_deaths: number;
  readonly tries_used: number;
  readonly refusals: number;
  readonly idle_slices: number;
  readonly next_jobs: string | null;
  readonly pace: string | null;
  readonly secrets: string | null;
}

/** What a push anew reads. */
export interface PushedRow extends Pick<ClaimedRow, 'data' | 'secret_key' | 'secrets'> {
  readonly version: number | string;
}

export const JOB_COLUMNS = [
  'number',
  'id',
  'name',
  'type',
  'status',
  'progress',
  'progress_offset',
  'processed',
  'total',
  'failed',
  'skipped',
  'phase',
  'eta_at',
  'message',
  'data',
  'result',
  'error',
  'inputs',
  'outputs',
  'created_by_id',
  'job_key',
  'job_group',
  'waits_for',
  'parent',
  'schedule_key',
  'children',
  'priority',
  'version',
  'secret_key',
  'attempt',
  'revision',
  'is_hidden',
  'is_closed',
  'lease_owner',
  'run_at',
  'due_at',
  'created_at',
  'modified_at',
  'started_at',
  'finished_at',
] as const satisfies readonly (keyof JobRow)[];

export const CLAIMED_COLUMNS = [
  ...JOB_COLUMNS,
  'lease_version',
  'slice_seq',
  'crash_count',
  'is_isolated',
  'child_deaths',
  'tries_used',
  'refusals',
  'idle_slices',
  'next_jobs',
  'pace',
  'secrets',
] as const satisfies readonly (keyof ClaimedRow)[];

/** SQL for `JOB_COLUMNS`, for those who read a job to show it: an estimate that has passed is none. */
export function shownColumns({ now }: Dialect): string {
  return JOB_COLUMNS.map((name) => (name === 'eta_at' ? shownEta(now()) : name)).join(', ');
}

/** SQL for the column `eta_at` of `shownColumns`; `now`: SQL for the database's time. */
export const shownEta = (now: string) => `CASE WHEN eta_at > ${now} THEN eta_at END AS eta_at`;

export function toJob(row: JobRow): Job {
  return {
    number: Number(row.number),
    id: row.id,
    name: row.name,
    type: row.type,
    status: row.status as Status,
    progress: Number(row.progress),
    counts: {
      processed: Number(row.processed),
      total: row.total === null ? undefined : Number(row.total),
      failed: Number(row.failed),
      skipped: Number(row.skipped),
    },
    // What was said while it ran does not hold for a job that rests or has ended.
    phase: row.status === 'success' ? undefined : (fromJson(row.phase) as JobPhase | undefined),
    eta: row.status === 'in_progress' ? fromStored(row.eta_at) : undefined,
    message: row.message ?? undefined,
    data: fromJson(row.data),
    result: fromJson(row.result),
    error: fromJson(row.error) as JobFailure | undefined,
    inputs: (fromJson(row.inputs) as InputFile[] | undefined) ?? [],
    outputs: (fromJson(row.outputs) as OutputFile[] | undefined) ?? [],
    userId: row.created_by_id ?? undefined,
    key: row.job_key ?? undefined,
    group: row.job_group ?? undefined,
    waitsFor: row.waits_for === null ? undefined : Number(row.waits_for),
    parent: row.parent === null ? undefined : Number(row.parent),
    schedule: row.schedule_key ?? undefined,
    children: fromJson(row.children) as ChildCounts | undefined,
    priority: row.priority,
    version: row.version,
    secretKey: row.secret_key ?? undefined,
    offset: Number(row.progress_offset),
    attempt: row.attempt,
    revision: Number(row.revision),
    isHidden: Boolean(row.is_hidden),
    isClosed: Boolean(row.is_closed),
    worker: row.lease_owner?.toString().split('/')[0],
    runAt: fromStored(row.run_at),
    dueAt: fromStored(row.due_at),
    createdAt: fromStored(row.created_at),
    modifiedAt: fromStored(row.modified_at),
    startedAt: fromStored(row.started_at),
    finishedAt: fromStored(row.finished_at),
  };
}

export function toClaimedJob(row: ClaimedRow): ClaimedJob {
  return {
    number: Number(row.number),
    leaseVersion: Number(row.lease_version),
    job: toJob(row),
    dataText: row.data,
    secrets: toSealed(row),
    sliceSeq: Number(row.slice_seq),
    crashCount: row.crash_count,
    isIsolated: Boolean(row.is_isolated),
    childDeaths: row.child_deaths,
    triesUsed: row.tries_used,
    refusals: row.refusals,
    idleSlices: row.idle_slices,
    next: (fromJson(row.next_jobs) as number[] | undefined) ?? [],
    pace: paceOf(row.pace),
  };
}

/** Values that are no JSON any more open nothing, which is told when they are to be opened. */
export function toSealed({ secret_key: keyId, secrets }: Pick<ClaimedRow, 'secret_key' | 'secrets'>) {
  if (keyId === null) return undefined;
  return { keyId, values: (fromJson(secrets) as SealedSecrets['values'] | undefined) ?? { secrets: '' } };
}

/** `YYYY-MM-DD HH:MM:SS.mmm` in UTC, the one form in which times are stored, from ISO 8601. */
export function toStored(iso: string): string {
  return new Date(iso).toISOString().replace('T', ' ').replace('Z', '');
}

/** ISO 8601 from the form in which times are stored; `undefined` for NULL. */
export function fromStored(stored: string): string;
export function fromStored(stored: string | null): string | undefined;
export function fromStored(stored: string | null): string | undefined {
  return stored === null ? undefined : `${stored.replace(' ', 'T')}Z`;
}

/** JSON of a column; `undefined` for none, and for text that is none: one damaged row must not hide the others. */
export function fromJson(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
