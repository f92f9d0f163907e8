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

/** Never throws, whatever somebody wrote into the row: a number that is none is 0, a time that is none is not there. */
export function toJob(row: JobRow): Job {
  return {
    number: Number(row.number),
    id: row.id,
    name: row.name,
    type: row.type,
    status: row.status as Status,
    progress: numberOf(row.progress),
    counts: {
      processed: numberOf(row.processed),
      total: numberIn(row.total),
      failed: numberOf(row.failed),
      skipped: numberOf(row.skipped),
    },
    // What was said while it ran does not hold for a job that rests or has ended.
    phase: row.status === 'success' ? undefined : phaseOf(row.phase),
    eta: row.status === 'in_progress' ? timeOf(row.eta_at) : undefined,
    message: typeof row.message === 'string' ? row.message : undefined,
    data: fromJson(row.data),
    result: fromJson(row.result),
    error: fromJson(row.error) as JobFailure | undefined,
    inputs: listOf<InputFile>(row.inputs),
    outputs: listOf<OutputFile>(row.outputs),
    userId: row.created_by_id ?? undefined,
    key: row.job_key ?? undefined,
    group: row.job_group ?? undefined,
    waitsFor: numberIn(row.waits_for),
    parent: numberIn(row.parent),
    schedule: row.schedule_key ?? undefined,
    children: fromJson(row.children) as ChildCounts | undefined,
    priority: numberOf(row.priority),
    version: numberOf(row.version),
    secretKey: row.secret_key ?? undefined,
    offset: numberOf(row.progress_offset),
    attempt: numberOf(row.attempt),
    revision: numberOf(row.revision),
    isHidden: Boolean(row.is_hidden),
    isClosed: Boolean(row.is_closed),
    worker: row.lease_owner?.toString().split('/')[0],
    runAt: timeOf(row.run_at),
    dueAt: timeOf(row.due_at),
    createdAt: timeOf(row.created_at) ?? EPOCH,
    modifiedAt: timeOf(row.modified_at) ?? EPOCH,
    startedAt: timeOf(row.started_at),
    finishedAt: timeOf(row.finished_at),
  };
}

/** Never throws, as `toJob`; `damaged` names what is wrong. */
export function toClaimedJob(row: ClaimedRow): ClaimedJob {
  const next = nextOf(row.next_jobs);
  const claimed: ClaimedJob = {
    number: Number(row.number),
    leaseVersion: numberOf(row.lease_version),
    job: toJob(row),
    dataText: row.data,
    secrets: toSealed(row),
    sliceSeq: Number(row.slice_seq),
    crashCount: numberOf(row.crash_count),
    isIsolated: Boolean(row.is_isolated),
    childDeaths: numberOf(row.child_deaths),
    triesUsed: numberOf(row.tries_used),
    refusals: numberOf(row.refusals),
    idleSlices: numberOf(row.idle_slices),
    next: next ?? [],
    pace: paceOf(row.pace),
  };
  return next && isCount(row.slice_seq) && isCount(row.progress_offset) ? claimed : damagedJob(row, claimed);
}

function damagedJob(row: ClaimedRow, claimed: ClaimedJob): ClaimedJob {
  const counts = (['slice_seq', 'progress_offset'] as const).filter((column) => !isCount(row[column]));
  const damaged = [...counts, ...(nextOf(row.next_jobs) ? [] : ['next_jobs'])].join(', ');
  return { ...claimed, sliceSeq: asItStands(row.slice_seq), damaged };
}

/** For the guards of the write that ends the job: they hold only for what stands in the row. */
function asItStands(value: number | string): number {
  // SQLite takes this text for the infinity that no driver binds.
  const bound = value === Number.POSITIVE_INFINITY ? '9e999' : value === Number.NEGATIVE_INFINITY ? '-9e999' : value;
  return bound as number;
}

/** A whole number from 0, which a driver may give as text. */
function isCount(value: unknown): boolean {
  if (typeof value === 'number') return isWhole(value);
  return typeof value === 'string' && isWhole(Number(value)) && String(Number(value)) === value;
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

/** ISO 8601 from the form in which times are stored; `undefined` for NULL, and for what is no text. */
export function fromStored(stored: string): string;
export function fromStored(stored: string | null): string | undefined;
export function fromStored(stored: string | null): string | undefined {
  return typeof stored === 'string' ? `${stored.replace(' ', 'T')}Z` : undefined;
}

/** In place of a time that every row has. */
const EPOCH = '1970-01-01T00:00:00.000Z';

/** Of a column in which anything may stand: what does not begin as a day after which there is a blank is no time. */
function timeOf(stored: unknown): string | undefined {
  if (typeof stored !== 'string' || stored.charCodeAt(10) !== BLANK) return undefined;
  return stored > '0001' && stored < ':' ? fromStored(stored) : undefined;
}

const BLANK = 32;

const numberOf = (value: unknown): number => numberIn(value) ?? 0;

/** `undefined` for NULL, and for what is no number. */
function numberIn(value: unknown): number | undefined {
  if (value === null) return undefined;
  const number = typeof value === 'number' ? value : Number(value);
  return Number.isFinite(number) ? number : undefined;
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function listOf<T>(text: string | null): T[] {
  const list = fromJson(text);
  return Array.isArray(list) ? list : [];
}

function phaseOf(text: string | null): JobPhase | undefined {
  const phase = fromJson(text) as JobPhase | null | undefined;
  return isWhole(phase?.index) && phase.index > 0 ? phase : undefined;
}

/** `undefined`: nobody can say which jobs were to start. */
function nextOf(text: string | null): readonly number[] | undefined {
  if (text === null) return [];
  const next = fromJson(text);
  return Array.isArray(next) && next.every(isWhole) ? next : undefined;
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
