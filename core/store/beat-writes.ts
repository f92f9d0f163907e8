import type { Beat, BeatAnswer } from '../contracts/job-store.js';
import type { Status } from '../contracts/status.js';
import type { Binding, Database } from './database.js';
import { paceText } from './pace-text.js';
import { placeholders } from './placeholders.js';
import { isTransient } from './transient.js';

/** What running jobs tell in the middle of their slices, on the connection that is kept for it. */
export class BeatWrites {
  constructor(private readonly database: Database) {}

  /** One statement for all running jobs, then how they stand. A slow beat never takes progress back. */
  async beat(beats: readonly Beat[], leaseMs: number): Promise<ReadonlyMap<number, BeatAnswer>> {
    if (beats.length === 0) return new Map();
    const telling = beats.filter((beat) => beat.renew || beat.moved);
    const database = this.database.reserved.within(leaseMs / 6);
    const untold = await this.#tellAll(telling, leaseMs, database);
    const rows = await database.rows<{ number: number; lease_version: number; status: Status }>(
      `SELECT number, lease_version, status FROM progress_manager WHERE number IN (${placeholders(beats)}) AND deleted = 0`,
      beats.map((beat) => beat.number),
    );
    return new Map(
      rows.map(({ number: text, lease_version, status }) => {
        const number = Number(text);
        return [number, { number, wasTold: !untold.has(number), leaseVersion: Number(lease_version), status }];
      }),
    );
  }

  /** All in one statement; one by one when somebody has locked one of them. Gives those that could not be told. */
  async #tellAll(telling: readonly Beat[], leaseMs: number, database: Database): Promise<ReadonlySet<number>> {
    const untold = new Set<number>();
    if (telling.length === 0) return untold;
    try {
      await this.#tell(telling, leaseMs, database);
      return untold;
    } catch (error) {
      if (!isHeldUp(error)) throw error;
    }
    for (const beat of telling) {
      try {
        await this.#tell([beat], leaseMs, database);
      } catch (error) {
        // Two that get no answer at all: it is not a row, it is the database.
        if (!isHeldUp(error) || (!isTransient(error) && untold.size > 0)) throw error;
        untold.add(beat.number);
      }
    }
    return untold;
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
        phase: ifNews('COALESCE(v.phase, p.phase)', 'phase'),
        eta_at: `CASE WHEN ${isNews} AND v.pace IS NOT NULL THEN ${nowPlus('v.left_ms')} ELSE p.eta_at END`,
        pace: ifNews('COALESCE(v.pace, p.pace)', 'pace'),
      },
    );
    await database.change(
      sql,
      beats.flatMap((beat) => beatRow(beat, leaseMs)),
    );
  }
}

/** By a lock, also where the lease is so short that no answer comes before the lock is given up. */
function isHeldUp(error: unknown): boolean {
  return isTransient(error) || (error as { code?: unknown }).code === 'STATEMENT_DEADLINE';
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
  'phase',
  'pace',
  'left_ms',
];

function beatRow({ number, leaseVersion, sliceSeq, renew, moved }: Beat, leaseMs: number): Binding[] {
  const { processed = 0, total = null, failed = 0, skipped = 0 } = moved?.counts ?? {};
  const { estimate } = moved ?? {};
  return [
    ...[number, leaseVersion, sliceSeq, renew ? leaseMs : null, moved ? 1 : 0],
    ...[moved?.progress ?? 0, moved?.message ?? null, processed, total ?? null, failed, skipped],
    ...[moved?.phase ? JSON.stringify(moved.phase) : null, estimate ? paceText(estimate.pace) : null],
    estimate?.leftMs ?? null,
  ];
}
