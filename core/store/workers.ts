import type { Database } from './database.js';
import { fromStored } from './row.js';
import { retryTransient } from './transient.js';

/** Workers that have not been seen for so long are forgotten, ms. */
const FORGOTTEN_MS = 24 * 60 * 60 * 1000;

/**
 * Who has not said for this long that it is there has missed more than one sign of every 5 s: it is stuck, cut off or
 * dead, ms.
 */
export const SILENT_MS = 12_000;

/** A process that runs the loop, as it last said. */
export interface WorkerView {
  /** `host:pid` */
  readonly worker: string;
  readonly types: readonly string[];
  /** Slices at once. */
  readonly places: number;
  /** Slices that go on there although they were told to stop. */
  readonly leftSlices: number;
  readonly startedAt: string;
  readonly seenAt: string;
  /** How long ago, ms, by the database's clock. */
  readonly silentMs: number;
}

interface WorkerRow {
  readonly id: Buffer | string;
  readonly types: string;
  readonly places: number;
  readonly left_slices: number;
  readonly started_at: string;
  readonly seen_at: string;
  readonly now: string;
}

/** Who works on the jobs of this database: for people to see. Their rows also say what has begun (BeginMarks). */
export class Workers {
  constructor(private readonly database: Database) {}

  /** It is there. `id` is `host:pid/boot`. */
  async sign(id: string, types: readonly string[], places: number, leftSlices: number): Promise<void> {
    const now = this.database.knex.raw(this.database.dialect.now());
    const row = { id, types: JSON.stringify(types), places, left_slices: leftSlices, started_at: now, seen_at: now };
    const columns = ['types', 'places', 'left_slices', 'seen_at'];
    await retryTransient(() => this.database.from('progress_worker').insert(row).onConflict('id').merge(columns));
  }

  async leave(id: string): Promise<void> {
    await this.database.changeAgain('DELETE FROM progress_worker WHERE id = ?', [id]);
  }

  /** Those that left without a word, long ago. */
  async forget(): Promise<void> {
    const sql = `DELETE FROM progress_worker WHERE seen_at < ${this.database.dialect.nowPlus()}`;
    await this.database.changeAgain(sql, [-FORGOTTEN_MS]);
  }

  /** Without those that left so long ago that they are to be forgotten. */
  async list(): Promise<readonly WorkerView[]> {
    const rows = await this.database.rows<WorkerRow>(
      `SELECT id, types, places, left_slices, started_at, seen_at, ${this.database.dialect.now()} AS now FROM progress_worker
        WHERE seen_at >= ${this.database.dialect.nowPlus()} ORDER BY id`,
      [-FORGOTTEN_MS],
    );
    return rows.map(({ id, types, places, left_slices, started_at, seen_at, now }) => ({
      worker: id.toString().split('/')[0] as string,
      types: JSON.parse(types) as string[],
      places,
      leftSlices: left_slices,
      startedAt: fromStored(started_at),
      seenAt: fromStored(seen_at),
      silentMs: Date.parse(fromStored(now)) - Date.parse(fromStored(seen_at)),
    }));
  }
}
