import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { JobFailure } from '../contracts/job.js';
import type { Beat, BeatAnswer, ClaimedJob, Lease, Leave, Recorded, SliceRecord } from '../contracts/job-store.js';
import type { WriteTransaction } from '../contracts/progress-job.js';
import { isTerminal, type Status } from '../contracts/status.js';
import { untilCertain } from './certain.js';
import type { Binding, Database } from './database.js';
import { HEAD_START } from './head-start.js';
import { isTransient, retryTransient } from './transient.js';

/** What a slice writes in its transaction, and then the slice itself. */
type SliceWork = (transaction: WriteTransaction) => Promise<{ readonly slice: SliceRecord; readonly leave: Leave }>;

/** How a recorded slice stands in the row. */
type Standing = Exclude<Recorded, 'lost'>;

/** A job that was paused is held until its slice has ended. */
const HELD = "status IN ('in_progress', 'paused') AND lease_owner IS NOT NULL";
const RESTING = { sql: 'due_at = NULL, lease_owner = NULL', bindings: [] };

/** A paused job is not due, until somebody resumes it. */
const unlessPaused = (due: string) => `CASE WHEN status = 'paused' THEN NULL ELSE ${due} END`;

/** Everything a worker writes about a job it holds. Every statement carries the token and the state it expects. */
export class SliceWrites {
  constructor(
    private readonly database: Database,
    /** How long a finished slice waits for a database that is away, ms. */
    private readonly patienceMs: number,
  ) {}

  async record(lease: ClaimedJob, slice: SliceRecord, leave: Leave): Promise<Recorded> {
    const writeId = randomBytes(16);
    return this.#untilCertain(lease, writeId, () =>
      retryTransient(() => this.#record(lease, slice, leave, writeId, this.database.knex)),
    );
  }

  async recordWith(lease: ClaimedJob, work: SliceWork): Promise<Recorded> {
    const writeId = randomBytes(16);
    return this.#untilCertain(lease, writeId, () => retryTransient(() => this.#transact(lease, work, writeId)));
  }

  /** One statement for all running jobs, then how they stand. A slow beat never takes progress back. */
  async beat(beats: readonly Beat[], leaseMs: number): Promise<ReadonlyMap<number, BeatAnswer>> {
    if (beats.length === 0) return new Map();
    const telling = beats.filter((beat) => beat.renew || beat.moved);
    const database = this.database.reserved.within(leaseMs / 3);
    if (telling.length > 0) await retryTransient(() => this.#tell(telling, leaseMs, database));
    const rows = await database.rows<{ number: number; lease_version: number; status: Status }>(
      `SELECT number, lease_version, status FROM progress_manager WHERE number IN (${beats.map(() => '?').join(', ')}) AND deleted = 0`,
      beats.map((beat) => beat.number),
    );
    return new Map(
      rows.map((row) => [
        Number(row.number),
        { number: Number(row.number), leaseVersion: Number(row.lease_version), status: row.status },
      ]),
    );
  }

  async postpone(lease: Lease, counts: { refusals: number; idleSlices: number }, delayMs: number): Promise<boolean> {
    const changed = await this.database.changeAgain(
      `UPDATE progress_manager
          SET due_at = ${unlessPaused(this.database.dialect.nowPlus())}, lease_owner = NULL, refusals = ?,
              idle_slices = ?, revision = revision + 1
        WHERE number = ? AND lease_version = ? AND ${HELD}`,
      [delayMs, counts.refusals, counts.idleSlices, lease.number, lease.leaseVersion],
    );
    return changed === 1;
  }

  /** The token rises, because the slice that held it may still be running. */
  async release(lease: Lease): Promise<boolean> {
    const changed = await this.database.changeAgain(
      `UPDATE progress_manager
          SET due_at = ${unlessPaused(this.database.dialect.nowPlus(HEAD_START))}, lease_owner = NULL,
              lease_version = lease_version + 1, revision = revision + 1
        WHERE number = ? AND lease_version = ? AND ${HELD}`,
      [lease.number, lease.leaseVersion],
    );
    return changed === 1;
  }

  async tryLater(lease: ClaimedJob, error: JobFailure, delayMs: number): Promise<boolean> {
    const changed = await this.database.changeAgain(
      `UPDATE progress_manager
          SET due_at = ${unlessPaused(this.database.dialect.nowPlus())}, lease_owner = NULL, error = ?,
              attempt = attempt + 1, tries_used = tries_used + 1, refusals = 0, idle_slices = 0,
              revision = revision + 1, modified_at = ${this.database.dialect.now()}
        WHERE number = ? AND lease_version = ? AND slice_seq = ? AND ${HELD}`,
      [delayMs, json(error), lease.number, lease.leaseVersion, lease.sliceSeq],
    );
    return changed === 1;
  }

  /** Left to right on MySQL: crash_count reads the old offset, pushed_data the old data. An expired lease that nobody took may still write. */
  #recordSql(leaving: string, expected: 'in_progress' | 'paused'): string {
    return `UPDATE progress_manager
          SET crash_count = CASE WHEN progress_offset <> ? THEN 0 ELSE crash_count END,
              progress_offset = ?, progress = ?, processed = ?, total = ?, failed = ?, skipped = ?, message = ?,
              error = ?, pushed_data = CASE WHEN ? = 1 THEN COALESCE(pushed_data, data) ELSE pushed_data END,
              data = COALESCE(?, data), result = COALESCE(?, result), outputs = COALESCE(?, outputs),
              status = ?, refusals = 0, idle_slices = ?, slice_seq = slice_seq + 1, write_id = ?,
              revision = revision + 1, modified_at = ${this.database.dialect.now()}, ${leaving}
        WHERE number = ? AND lease_version = ? AND slice_seq = ? AND status = '${expected}'
          ${expected === 'paused' ? 'AND lease_owner IS NOT NULL' : ''}`;
  }

  async #transact(lease: ClaimedJob, work: SliceWork, writeId: Buffer): Promise<Standing | undefined> {
    const lost = new Error('The lease was lost: the transaction is rolled back.');
    try {
      return await this.database.knex.transaction(async (transaction) => {
        let undone: unknown;
        transaction.on('query-error', (error: unknown) => {
          if (isTransient(error)) undone ??= error;
        });
        const { slice, leave } = await work(transaction);
        // A deadlock undid everything, also when a callback caught it: the record would stand without its writes.
        if (undone !== undefined) throw undone;
        const standing = await this.#record(lease, slice, leave, writeId, transaction);
        if (standing === undefined) throw lost;
        return standing;
      });
    } catch (error) {
      if (error === lost) return undefined;
      throw error;
    }
  }

  async #untilCertain(
    lease: ClaimedJob,
    writeId: Buffer,
    write: () => Promise<Standing | undefined>,
  ): Promise<Recorded> {
    return (await untilCertain(write, () => this.#stands(lease, writeId), this.patienceMs)) ?? 'lost';
  }

  /** Is this very write in the row? */
  async #stands({ number, leaseVersion }: Lease, writeId: Buffer): Promise<Standing | undefined> {
    const [row] = await this.database.rows<{ status: Status }>(
      'SELECT status FROM progress_manager WHERE number = ? AND lease_version = ? AND write_id = ?',
      [number, leaseVersion, writeId],
    );
    if (row === undefined) return undefined;
    return row.status === 'paused' ? 'paused' : 'recorded';
  }

  async #record(
    lease: ClaimedJob,
    slice: SliceRecord,
    leave: Leave,
    writeId: Buffer,
    on: Knex,
  ): Promise<Standing | undefined> {
    if (await this.#update(lease, slice, leave, writeId, 'in_progress', on)) return 'recorded';
    if (!(await this.#update(lease, slice, leave, writeId, 'paused', on))) return undefined;
    return isTerminal(slice.status) ? 'recorded' : 'paused';
  }

  async #update(
    lease: ClaimedJob,
    slice: SliceRecord,
    leave: Leave,
    writeId: Buffer,
    expected: 'in_progress' | 'paused',
    on: Knex,
  ): Promise<boolean> {
    const isResting = expected === 'paused' && !isTerminal(slice.status);
    const leaving = isResting ? RESTING : this.#leaving(slice, leave);
    const { offset, counts } = slice;
    const changed = await this.database.change(
      this.#recordSql(leaving.sql, expected),
      [
        ...[offset, offset, slice.progress, counts.processed, counts.total ?? null, counts.failed, counts.skipped],
        ...[
          slice.message ?? null,
          json(slice.error),
          slice.data === undefined ? 0 : 1,
          slice.data ?? null,
          slice.result ?? null,
          json(slice.outputs),
        ],
        ...[isResting ? 'paused' : slice.status, slice.idleSlices, writeId, ...leaving.bindings],
        ...[lease.number, lease.leaseVersion, lease.sliceSeq],
      ],
      on,
    );
    return changed === 1;
  }

  /** Ended, held on to, or at the back of the line. */
  #leaving({ status }: SliceRecord, leave: Leave): { readonly sql: string; readonly bindings: readonly Binding[] } {
    const { now, nowPlus } = this.database.dialect;
    if (isTerminal(status)) return { sql: `due_at = NULL, lease_owner = NULL, finished_at = ${now()}`, bindings: [] };
    if (leave.next === 'keep') return { sql: `due_at = ${nowPlus()}`, bindings: [leave.leaseMs] };
    return { sql: `due_at = ${nowPlus(HEAD_START)}, lease_owner = NULL`, bindings: [] };
  }

  async #tell(beats: readonly Beat[], leaseMs: number, database: Database): Promise<void> {
    const row = BEAT_COLUMNS.map((name) => `? AS ${name}`).join(', ');
    const { now, nowPlus, updateFrom } = database.dialect;
    const isNews = 'v.moved = 1 AND v.slice_seq = p.slice_seq';
    const ifNews = (value: string, column: string) => `CASE WHEN ${isNews} THEN ${value} ELSE p.${column} END`;
    const sql = updateFrom(
      'progress_manager',
      beats.map(() => `SELECT ${row}`).join(' UNION ALL '),
      `v.number = p.number AND v.lease_version = p.lease_version AND p.status IN ('in_progress', 'paused') AND p.lease_owner IS NOT NULL`,
      {
        due_at: `CASE WHEN v.lease_ms IS NULL THEN p.due_at ELSE ${nowPlus('v.lease_ms')} END`,
        revision: ifNews('p.revision + 1', 'revision'),
        modified_at: ifNews(now(), 'modified_at'),
        progress: `CASE WHEN ${isNews} AND v.progress > p.progress THEN v.progress ELSE p.progress END`,
        message: ifNews('v.message', 'message'),
        processed: ifNews('v.processed', 'processed'),
        total: ifNews('v.total', 'total'),
        failed: ifNews('v.failed', 'failed'),
        skipped: ifNews('v.skipped', 'skipped'),
      },
    );
    await database.change(
      sql,
      beats.flatMap((beat) => beatRow(beat, leaseMs)),
    );
  }
}

const BEAT_COLUMNS = [
  'number',
  'lease_version',
  'slice_seq',
  'lease_ms',
  'moved',
  'progress',
  'message',
  'processed',
  'total',
  'failed',
  'skipped',
];

function beatRow({ number, leaseVersion, sliceSeq, renew, moved }: Beat, leaseMs: number): Binding[] {
  const { processed = 0, total = null, failed = 0, skipped = 0 } = moved?.counts ?? {};
  return [
    ...[number, leaseVersion, sliceSeq, renew ? leaseMs : null, moved ? 1 : 0],
    ...[moved?.progress ?? 0, moved?.message ?? null, processed, total ?? null, failed, skipped],
  ];
}

const json = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
