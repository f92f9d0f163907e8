import type { ScheduleView } from '../core/contracts/schedule.js';
import { type Column, formatTable } from './table.js';
import { printable } from './text-width.js';

const COLUMNS: readonly Column<ScheduleView>[] = [
  { title: 'SCHEDULE', value: ({ name }) => name },
  { title: 'TYPE', value: ({ type }) => type },
  { title: 'CRON', value: ({ cron }) => cron },
  { title: 'ZONE', value: ({ timeZone }) => timeZone },
  { title: 'LAST RUN (UTC)', value: ({ last }) => (last ? minute(last.tick) : '–') },
  { title: 'OUTCOME', value: outcome, isFlexible: true },
  { title: 'NEXT (UTC)', value: next },
];

/** Schedules as a table, and below it why those that could not push could not. */
export function schedulesText(schedules: readonly ScheduleView[], width: number): string {
  if (schedules.length === 0) return 'No schedules. A module declares them under "schedule" in its config.';
  const errors = schedules.flatMap(({ name, error }) =>
    error ? [`${name} could not push at ${error.at}: ${printable(error.message)}`] : [],
  );
  return [formatTable(COLUMNS, schedules, width), ...errors].join('\n');
}

function outcome({ last }: ScheduleView): string {
  if (last?.job) return `job ${last.job.number}: ${last.job.status}`;
  if (last?.outcome === 'pushed') return 'its job was removed';
  return last ? `${last.outcome}: ${last.reason}` : '';
}

function next({ isGone, isPaused, next: [first] }: ScheduleView): string {
  if (isGone) return 'gone';
  if (isPaused) return 'paused';
  return first === undefined ? '–' : minute(first);
}

/** `2026-01-01T00:00:00.000Z` → `2026-01-01 00:00` */
function minute(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}
