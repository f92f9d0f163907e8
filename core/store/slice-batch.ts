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
    const sorted = [...writes].sort((a, b) => a.lease.number - b.lease.number);
    const row = Object.keys(columnsOf(sorted[0] as SliceWrite)).map((name) => `? AS ${name}`);
    const values = sorted.map((_, index) => `SELECT ${index === 0 ? row.join(', ') : placeholders(row)}`);
    const sql = updateFrom(
      'progress_manager',
      values.join(' UNION ALL '),
      `v.number = p.number AND v.lease_version = p.lease_version AND v.slice_seq = p.slice_seq AND p.status = 'in_progress'`,
      {
        crash_count: 'CASE WHEN p.progress_offset <> v.progress_offset THEN 0 ELSE p.crash_count END',
        pushed_data: 'CASE WHEN v.data IS NULL THEN p.pushed_data ELSE COALESCE(p.pushed_data, p.data) END',
        ...Object.fromEntries(TAKEN.map((column) => [column, `v.${column}`])),
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
    const bindings = sorted.flatMap((write) => Object.values(columnsOf(write)));
    return this.database.changeAgain(sql, bindings, UNLESS_LOCKED);
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
  ...['idle_slices', 'write_id'],
];
/** As they were, where the slice says nothing. */
const KEPT = ['data', 'result', 'outputs'];

function columnsOf({ lease, slice, leave, writeId }: SliceWrite): Readonly<Record<string, Binding>> {
  const hasEnded = isTerminal(slice.status);
  return {
    ...{ number: lease.number, lease_version: lease.leaseVersion, slice_seq: lease.sliceSeq },
    ...{ progress_offset: slice.offset, progress: slice.progress, processed: slice.counts.processed },
    ...{ total: slice.counts.total ?? null, failed: slice.counts.failed, skipped: slice.counts.skipped },
    ...{ message: slice.message ?? null, error: json(slice.error), status: slice.status },
    ...{ idle_slices: slice.idleSlices, write_id: writeId },
    ...{ data: slice.data ?? null, result: slice.result ?? null, outputs: json(slice.outputs) },
    ...{ has_ended: hasEnded ? 1 : 0, lease_ms: hasEnded || leave.next === 'back' ? null : leave.leaseMs },
  };
}

/** JSON text for a column; NULL for nothing. */
export const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));

/** What may be large in it. */
export function bytesOf({ data = '', result = '', outputs, message = '' }: SliceRecord): number {
  return data.length + result.length + message.length + (outputs === undefined ? 0 : 200 * outputs.length);
}
