import type { ClaimedJob, Leave, SliceRecord } from '../contracts/job-store.js';
import { isTerminal } from '../contracts/status.js';
import { type Binding, type Database, UNLESS_LOCKED } from './database.js';
import { HEAD_START } from './head-start.js';
import { placeholders } from './placeholders.js';

/** A slice to be recorded, with what the row will know this very write by. */
export interface SliceWrite {
  readonly lease: ClaimedJob;
  readonly slice: SliceRecord;
  readonly leave: Leave;
  readonly writeId: Buffer;
}

/** Records the slices that ended in one turn by one statement, each row under guards of its own. */
export class SliceBatch {
  constructor(private readonly database: Database) {}

  /** `undefined` for those whose guards did not hold: what became of them is found out one by one. */
  async record(writes: readonly SliceWrite[]): Promise<readonly ('recorded' | undefined)[]> {
    const changed = await this.#update(writes);
    if (changed === writes.length) return writes.map(() => 'recorded');
    const standing = await this.#standing(writes);
    return writes.map(({ lease, writeId }) => (standing.get(lease.number)?.equals(writeId) ? 'recorded' : undefined));
  }

  /** What a column was is read before that column is written, as in the statement for one. Rising, against deadlocks. */
  #update(writes: readonly SliceWrite[]): Promise<number> {
    const { now, nowPlus, updateFrom } = this.database.dialect;
    const values = table([...writes].sort((a, b) => a.lease.number - b.lease.number).map(rowOf));
    const sql = updateFrom(
      'progress_manager',
      values.sql,
      `v.number = p.number AND v.lease_version = p.lease_version AND v.slice_seq = p.slice_seq AND p.status = 'in_progress'`,
      {
        crash_count: 'CASE WHEN p.progress_offset <> v.progress_offset THEN 0 ELSE p.crash_count END',
        pushed_data: 'CASE WHEN v.data IS NULL THEN p.pushed_data ELSE COALESCE(p.pushed_data, p.data) END',
        ...Object.fromEntries([...TAKEN, 'write_id'].map((column) => [column, `v.${column}`])),
        ...Object.fromEntries(KEPT.map((column) => [column, `COALESCE(v.${column}, p.${column})`])),
        refusals: '0',
        slice_seq: 'p.slice_seq + 1',
        revision: 'p.revision + 1',
        modified_at: now(),
        due_at: `CASE WHEN v.has_ended = 1 THEN NULL WHEN v.lease_ms IS NULL THEN ${nowPlus(HEAD_START.replace('priority', 'p.priority'))} ELSE ${nowPlus('v.lease_ms')} END`,
        lease_owner: 'CASE WHEN v.lease_ms IS NULL THEN NULL ELSE p.lease_owner END',
        finished_at: `CASE WHEN v.has_ended = 1 THEN ${now()} ELSE p.finished_at END`,
      },
    );
    return this.database.changeAgain(sql, values.bindings, UNLESS_LOCKED);
  }

  async #standing(writes: readonly SliceWrite[]): Promise<ReadonlyMap<number, Buffer>> {
    const rows = await this.database.rows<{ number: number | string; write_id: Buffer }>(
      `SELECT number, write_id FROM progress_manager WHERE number IN (${placeholders(writes)}) AND write_id IS NOT NULL`,
      writes.map(({ lease }) => lease.number),
    );
    return new Map(rows.map(({ number, write_id }) => [Number(number), write_id]));
  }
}

/** As the slice says. */
const TAKEN = [
  ...['progress_offset', 'progress', 'processed', 'total', 'failed', 'skipped', 'message', 'error', 'status'],
  'idle_slices',
];
/** As they were, where the slice says nothing. */
const KEPT = ['data', 'result', 'outputs'];

const GUARDS_AND_MARK = ['number', 'lease_version', 'slice_seq', 'write_id'];
const COLUMNS = [...GUARDS_AND_MARK, ...TAKEN, ...KEPT, 'has_ended', 'lease_ms'];

/** In the order of COLUMNS. */
function rowOf({ lease, slice, leave, writeId }: SliceWrite): Binding[] {
  const { offset, progress, counts, status } = slice;
  const hasEnded = isTerminal(status);
  return [
    ...[lease.number, lease.leaseVersion, lease.sliceSeq, writeId],
    ...[offset, progress, counts.processed, counts.total ?? null, counts.failed, counts.skipped],
    ...[slice.message ?? null, json(slice.error), status, slice.idleSlices],
    ...[slice.data ?? null, slice.result ?? null, json(slice.outputs)],
    ...[hasEnded ? 1 : 0, hasEnded || leave.next === 'back' ? null : leave.leaseMs],
  ];
}

/**
 * SQL for a table of these rows. What all of them say alike is said once: of jobs that end in one turn that is nearly
 * all, and the server has a quarter to read.
 */
function table(rows: readonly (readonly Binding[])[]): { readonly sql: string; readonly bindings: Binding[] } {
  const own: number[] = [];
  const alike: number[] = [];
  for (const column of COLUMNS.keys()) {
    const isAlike = column >= GUARDS_AND_MARK.length && rows.every((row) => row[column] === rows[0]?.[column]);
    (isAlike ? alike : own).push(column);
  }
  const named = (columns: readonly number[]) =>
    `SELECT ${columns.map((column) => `? AS ${COLUMNS[column]}`).join(', ')}`;
  const values = (row: readonly Binding[] | undefined, columns: readonly number[]) =>
    columns.map((column) => row?.[column] ?? null);
  const unnamed = ` UNION ALL SELECT ${placeholders(own)}`.repeat(rows.length - 1);
  return {
    sql: `SELECT * FROM (${named(own)}${unnamed}) AS own${alike.length > 0 ? ` CROSS JOIN (${named(alike)}) AS alike` : ''}`,
    bindings: [...rows.flatMap((row) => values(row, own)), ...values(rows[0], alike)],
  };
}

/** JSON text for a column; NULL for nothing. */
export const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));

/** What may be large in it. */
export function bytesOf({ data = '', result = '', outputs, message = '' }: SliceRecord): number {
  const text = [data, result, message].reduce((sum, each) => sum + Buffer.byteLength(each), 0);
  return text + (outputs === undefined ? 0 : 200 * outputs.length);
}
