import type { ClaimedJob, Leave, SliceRecord } from '../contracts/job-store.js';
import { isTerminal } from '../contracts/status.js';
import type { Binding, Statement } from './database.js';
import type { Dialect } from './dialect.js';
import { HEAD_START } from './head-start.js';
import { paceText } from './pace-text.js';
import { placeholders } from './placeholders.js';

/** A slice to be recorded, with what the row will know this very write by. */
export interface SliceWrite {
  readonly lease: ClaimedJob;
  readonly slice: SliceRecord;
  readonly leave: Leave;
  readonly writeId: Buffer;
}

/** The status that the row must have: a slice that ran when its job was paused is recorded all the same. */
export type Expected = 'in_progress' | 'paused';

/** How a row is left: ended, at rest until somebody resumes it, held on to, at the back of the line, or waiting. */
export type Left = 'ended' | 'resting' | Leave['next'];

/** How this write leaves a row of that status. */
export function leftOf({ slice, leave }: SliceWrite, expected: Expected): Left {
  if (isTerminal(slice.status)) return 'ended';
  return expected === 'paused' ? 'resting' : leave.next;
}

type Columns = ReturnType<typeof columnsOf>;
type Column = keyof Columns;

/** As the slice says. */
const ALWAYS: readonly Column[] = [
  'progress_offset',
  'progress',
  'processed',
  'total',
  'failed',
  'skipped',
  'message',
  'error',
  'status',
  'idle_slices',
];
/** As they were where no slice says anything: they may be large, and most slices leave them alone. */
const KEPT: readonly Column[] = ['data', 'version', 'result', 'outputs', 'phase', 'pace'];

/**
 * One statement that records slices whose rows are left alike, each row under guards of its own: its lease, its slice
 * and its status. An expired lease that nobody took may still write. A column is read before it is written, because
 * MySQL goes from left to right; for the bindings `value` is called in the order of the text. Of two writes for one row
 * only the first can be recorded here.
 */
export function recordOf(writes: readonly SliceWrite[], expected: Expected, dialect: Dialect): Statement {
  const left = leftOf(writes[0] as SliceWrite, expected);
  // Rising, against deadlocks.
  const rows = [...writes].sort((a, b) => a.lease.number - b.lease.number).map((write) => columnsOf(write, left));
  const numbers = rows.map(({ number }) => number);
  const bindings: Binding[] = [];
  const value = (column: Column) => said(column, rows, bindings);
  const kept = KEPT.filter((column) => rows.some((row) => row[column] !== null));
  const sets = [
    `crash_count = CASE WHEN progress_offset <> ${value('progress_offset')} THEN 0 ELSE crash_count END`,
    ...ALWAYS.map((column) => `${column} = ${value(column)}`),
    ...(kept.includes('data')
      ? [`pushed_data = CASE WHEN ${value('says_data')} = 1 THEN COALESCE(pushed_data, data) ELSE pushed_data END`]
      : []),
    ...(kept.includes('pace')
      ? [`eta_at = CASE WHEN ${value('says_pace')} = 1 THEN ${dialect.nowPlus(value('left_ms'))} ELSE eta_at END`]
      : []),
    ...(kept.includes('version')
      ? [
          `pushed_version = CASE WHEN ${value('says_version')} = 1 THEN COALESCE(pushed_version, version) ELSE pushed_version END`,
        ]
      : []),
    ...kept.map((column) => `${column} = COALESCE(${value(column)}, ${column})`),
    `refusals = 0, slice_seq = slice_seq + 1, write_id = ${value('write_id')}, revision = revision + 1`,
    `modified_at = ${dialect.now()}, ${leaving(left, value, dialect)}`,
  ];
  bindings.push(...numbers);
  const sql = `UPDATE progress_manager ${dialect.byKey} SET ${sets.join(', ')}
    WHERE number IN (${placeholders(numbers)})
      AND lease_version = ${value('lease_version')} AND slice_seq = ${value('slice_seq')}
      AND status = '${expected}'${expected === 'paused' ? ' AND lease_owner IS NOT NULL' : ''}`;
  return { sql, bindings };
}

/**
 * SQL for what the rows say in a column, bound in the order of the text. What all say alike is said once, and the rest
 * by the row's number: a table of values to join would cost the server twice as much.
 */
function said(column: Column, rows: readonly Columns[], bindings: Binding[]): string {
  const [first, ...others] = rows.map((row) => row[column]);
  if (first !== undefined && others.every((other) => other === first)) {
    bindings.push(first);
    return '?';
  }
  for (const row of rows) bindings.push(row.number, row[column]);
  return `CASE number${' WHEN ? THEN ?'.repeat(rows.length)} END`;
}

function leaving(left: Left, value: (column: Column) => string, { now, nowPlus }: Dialect): string {
  switch (left) {
    case 'ended':
      return `due_at = NULL, lease_owner = NULL, has_place = 0, finished_at = ${now()}`;
    case 'resting':
    case 'wait':
      return 'due_at = NULL, lease_owner = NULL, has_place = 0';

    case 'keep':
      return `due_at = ${nowPlus(value('lease_ms'))}`;
    case 'back':
      return `due_at = ${nowPlus(HEAD_START)}, lease_owner = NULL`;
  }
}

function columnsOf({ lease, slice, leave, writeId }: SliceWrite, left: Left) {
  const { counts } = slice;
  return {
    number: lease.number,
    lease_version: lease.leaseVersion,
    slice_seq: lease.sliceSeq,
    write_id: writeId,
    progress_offset: slice.offset,
    progress: slice.progress,
    processed: counts.processed,
    total: counts.total ?? null,
    failed: counts.failed,
    skipped: counts.skipped,
    message: slice.message ?? null,
    error: json(slice.error),
    status: left === 'resting' ? 'paused' : slice.status,
    idle_slices: slice.idleSlices,
    says_data: slice.data === undefined ? 0 : 1,
    data: slice.data ?? null,
    says_version: slice.version === undefined ? 0 : 1,
    version: slice.version ?? null,
    result: slice.result ?? null,
    outputs: json(slice.outputs),
    phase: json(slice.phase),
    says_pace: slice.estimate ? 1 : 0,
    pace: slice.estimate ? paceText(slice.estimate.pace) : null,
    left_ms: slice.estimate?.leftMs ?? null,
    lease_ms: leave.next === 'keep' ? leave.leaseMs : null,
  };
}

/** What may be large in it. */
export function bytesOf({ data = '', result = '', outputs, message = '' }: SliceRecord): number {
  const text = [data, result, message].reduce((sum, each) => sum + Buffer.byteLength(each), 0);
  return text + (outputs === undefined ? 0 : 200 * outputs.length);
}

/** JSON text for a column; NULL for nothing. */
const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
