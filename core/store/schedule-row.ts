import type { ScheduleTick, TickOutcome } from '../contracts/schedule.js';
import type { ListedSchedule, ScheduleState } from '../contracts/schedule-store.js';
import type { Status } from '../contracts/status.js';
import { fromStored } from './row.js';

/** A row of `progress_schedule` as the drivers give it. */
export interface StateRow {
  readonly schedule_key: string;
  readonly module: string;
  readonly type: string;
  readonly cron: string;
  readonly time_zone: string;
  readonly is_paused: number;
  readonly decided_until: string;
  readonly seen_at: string;
}

/** The same with its last run, and the job of that. */
export interface ListedRow extends StateRow {
  readonly error: string | null;
  readonly error_at: string | null;
  readonly tick_at: string | null;
  readonly outcome: string;
  readonly reason: string | null;
  readonly job_id: string | null;
  readonly job_number: number | string | null;
  readonly job_status: string;
}

export const STATE_COLUMNS = [
  's.schedule_key',
  's.module',
  's.type',
  's.cron',
  's.time_zone',
  's.is_paused',
  's.decided_until',
  's.seen_at',
] as const;

export const LISTED_COLUMNS = [
  ...STATE_COLUMNS,
  's.error',
  's.error_at',
  't.tick_at',
  't.outcome',
  't.reason',
  't.job_id',
  'p.number AS job_number',
  'p.status AS job_status',
] as const;

export function toState(row: StateRow): ScheduleState {
  return {
    key: row.schedule_key,
    module: row.module,
    type: row.type,
    cron: row.cron,
    timeZone: row.time_zone,
    isPaused: row.is_paused === 1,
    decidedUntil: fromStored(row.decided_until),
    seenAt: fromStored(row.seen_at),
  };
}

export function toListed(row: ListedRow): ListedSchedule {
  const { error, error_at } = row;
  return {
    ...toState(row),
    last: lastOf(row),
    error: error === null || error_at === null ? undefined : { message: error, at: fromStored(error_at) },
  };
}

function lastOf(row: ListedRow): ScheduleTick | undefined {
  if (row.tick_at === null) return undefined;
  const { job_id: id, job_number, job_status } = row;
  return {
    tick: fromStored(row.tick_at),
    outcome: row.outcome as TickOutcome,
    reason: row.reason ?? undefined,
    job:
      id === null || job_number === null ? undefined : { id, number: Number(job_number), status: job_status as Status },
  };
}
