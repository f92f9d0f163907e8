import type { ClaimedJob, Leave, SliceRecord } from '../contracts/job-store.js';
import { isTerminal } from '../contracts/status.js';
import { type Database, UNLESS_LOCKED } from './database.js';
import { HEAD_START } from './head-start.js';
import { placeholders } from './placeholders.js';
import { type Columns, columnsOf, saidBy, setsOf } from './slice-columns.js';

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

  /** Rising, against deadlocks. */
  #update(writes: readonly SliceWrite[]): Promise<number> {
    const { dialect } = this.database;
    const { now, nowPlus } = dialect;
    const rows = [...writes].sort((a, b) => a.lease.number - b.lease.number).map(rowOf);
    const says = saidBy(rows);
    const values = table(rows, [...OWN, ...says, ...LEAVING]);
    const sql = dialect.updateFrom(
      'progress_manager',
      values.sql,
      `v.number = p.number AND v.lease_version = p.lease_version AND v.slice_seq = p.slice_seq AND p.status = 'in_progress'`,
      {
        ...setsOf(
          says,
          (column) => `v.${column}`,
          (column) => `p.${column}`,
          dialect,
        ),
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

/** What every row has for itself; the rest is often alike. */
const OWN = ['number', 'lease_version', 'slice_seq', 'write_id'];
const LEAVING = ['has_ended', 'lease_ms'];

function rowOf({ lease, slice, leave, writeId }: SliceWrite): Columns {
  const hasEnded = isTerminal(slice.status);
  // Not copied: a copy with six columns more takes a quarter of all the memory that a short job does.
  return Object.assign(columnsOf(slice), {
    number: lease.number,
    lease_version: lease.leaseVersion,
    slice_seq: lease.sliceSeq,
    write_id: writeId,
    has_ended: hasEnded ? 1 : 0,
    lease_ms: hasEnded || leave.next === 'back' ? null : leave.leaseMs,
  });
}

/**
 * SQL for a table of these columns. What all rows say alike is said once: of jobs that end in one turn that is nearly
 * all, and the server has a quarter to read.
 */
function table(rows: readonly Columns[], columns: readonly string[]) {
  const [first = {}] = rows;
  const isAlike = (column: string) => !OWN.includes(column) && rows.every((row) => row[column] === first[column]);
  const alike = columns.filter(isAlike);
  const own = columns.filter((column) => !alike.includes(column));
  const named = (some: readonly string[]) => `SELECT ${some.map((column) => `? AS ${column}`).join(', ')}`;
  const values = (row: Columns, some: readonly string[]) => some.map((column) => row[column] ?? null);
  const unnamed = ` UNION ALL SELECT ${placeholders(own)}`.repeat(rows.length - 1);
  return {
    sql: `SELECT * FROM (${named(own)}${unnamed}) AS own${alike.length > 0 ? ` CROSS JOIN (${named(alike)}) AS alike` : ''}`,
    bindings: [...rows.flatMap((row) => values(row, own)), ...values(first, alike)],
  };
}
