import type { SliceRecord } from '../contracts/job-store.js';
import type { Status } from '../contracts/status.js';
import type { Binding } from './database.js';
import type { Dialect } from './dialect.js';

/** Values by column. */
export type Columns = Readonly<Record<string, Binding>>;

/** What a slice says of its job. */
export function columnsOf(slice: Omit<SliceRecord, 'status'> & { readonly status: Status }): Columns {
  const { progress, status, counts } = slice;
  return {
    progress_offset: slice.offset,
    progress,
    processed: counts.processed,
    total: counts.total ?? null,
    failed: counts.failed,
    skipped: counts.skipped,
    message: slice.message ?? null,
    error: json(slice.error),
    status,
    idle_slices: slice.idleSlices,
    data: slice.data ?? null,
    result: slice.result ?? null,
    outputs: json(slice.outputs),
  };
}

const ALWAYS = [
  ...['progress_offset', 'progress', 'processed', 'total', 'failed', 'skipped', 'message', 'error', 'status'],
  'idle_slices',
];
/** They stay as they are where a slice says nothing: they may be large, and most slices leave them alone. */
const KEPT = ['data', 'result', 'outputs'];

/** The columns that slices say something of. */
export function saidBy(slices: readonly Columns[]): string[] {
  return [...ALWAYS, ...KEPT.filter((column) => slices.some((slice) => slice[column] !== null))];
}

/**
 * What a row becomes, by column. `value` gives SQL for what the slice says, `old` for what stands in the row. A column
 * is read before it is written, because MySQL goes from left to right.
 */
export function setsOf(
  said: readonly string[],
  value: (column: string) => string,
  old: (column: string) => string,
  { now }: Dialect,
): Readonly<Record<string, string>> {
  const sets: Record<string, string> = {
    crash_count: `CASE WHEN ${old('progress_offset')} <> ${value('progress_offset')} THEN 0 ELSE ${old('crash_count')} END`,
  };
  if (said.includes('data')) {
    sets.pushed_data = `CASE WHEN ${value('data')} IS NULL THEN ${old('pushed_data')} ELSE COALESCE(${old('pushed_data')}, ${old('data')}) END`;
  }
  for (const column of said) {
    sets[column] = KEPT.includes(column) ? `COALESCE(${value(column)}, ${old(column)})` : value(column);
  }
  return {
    ...sets,
    refusals: '0',
    slice_seq: `${old('slice_seq')} + 1`,
    write_id: value('write_id'),
    revision: `${old('revision')} + 1`,
    modified_at: now(),
  };
}

/** What may be large in it. */
export function bytesOf({ data = '', result = '', outputs, message = '' }: SliceRecord): number {
  const text = [data, result, message].reduce((sum, each) => sum + Buffer.byteLength(each), 0);
  return text + (outputs === undefined ? 0 : 200 * outputs.length);
}

/** JSON text for a column; NULL for nothing. */
const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
