import { createPool, type Pool, type PoolConnection } from 'mysql2/promise';
import { v7 as uuid } from 'uuid';
import { byCallers, type Contender, timed } from './contender.js';

/** How many the fetcher takes ahead. */
const AHEAD = 500;

type Row = readonly unknown[];

/**
 * What is possible on our table and its indexes: mysql2 by hand, the pushes of a turn as one INSERT, jobs fetched
 * ahead, the ends of a turn as one guarded UPDATE. No leases to renew, no outcome to judge, nothing read back.
 */
export class Raw implements Contender {
  readonly name = 'raw mysql2';
  readonly #pool: Pool;
  #waiting: { readonly row: Row; readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];

  constructor(databaseUrl: string) {
    this.#pool = createPool({ uri: databaseUrl, connectionLimit: 10, timezone: 'Z', dateStrings: true });
    this.#pool.pool.on('connection', (connection) => {
      for (const sql of ['SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED', "SET time_zone = '+00:00'"]) {
        connection.query(sql, (error) => {
          if (error) throw error;
        });
      }
    });
  }

  push(jobs: number, callers: number): Promise<number> {
    return byCallers(jobs, callers, () => this.#pushSoon());
  }

  /** Gives the milliseconds it takes. */
  fill(jobs: number): Promise<number> {
    return timed(async () => {
      for (let left = jobs; left > 0; left -= 1000) await this.#insert(rows(Math.min(left, 1000)));
    });
  }

  execute(jobs: number, atOnce: number): Promise<number> {
    return timed(() => this.#execute(jobs, atOnce));
  }

  /** One guarded UPDATE after the other, as a slice is recorded; gives milliseconds each. */
  async updates(count: number): Promise<number> {
    return this.#onOneRow(count, async (connection, number, step) => {
      await connection.execute(RECORD, [step, step / 1e6, step, number, step]);
    });
  }

  /** BEGIN, one statement, the guarded UPDATE, COMMIT, one after the other; gives milliseconds each. */
  async transactions(count: number): Promise<number> {
    return this.#onOneRow(count, async (connection, number, step) => {
      await connection.query('BEGIN');
      await connection.execute('INSERT INTO bench_note (text) VALUES (?)', [`slice ${step}`]);
      await connection.execute(RECORD, [step, step / 1e6, step, number, step]);
      await connection.query('COMMIT');
    });
  }

  async empty(): Promise<void> {
    await this.#pool.query('TRUNCATE progress_manager');
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  #pushSoon(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => void this.#flush());
      this.#waiting.push({ row: row(), resolve, reject });
    });
  }

  async #flush(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    try {
      await this.#insert(batch.map((each) => each.row));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  async #insert(list: readonly Row[]): Promise<void> {
    const values = list.map(() => `(?, ?, ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3))`).join(', ');
    await this.#pool.query(
      `INSERT INTO progress_manager (id, name, type, data, due_at, created_at, modified_at) VALUES ${values}`,
      list.flat(),
    );
  }

  /** A fetcher that is always one claim ahead, and the ends of up to `atOnce` jobs recorded while the next begin. */
  async #execute(jobs: number, atOnce: number): Promise<void> {
    let next = this.#claim();
    const recording = new Set<Promise<unknown>>();
    for (let done = 0; done < jobs; ) {
      const claimed = await next;
      next = this.#claim();
      for (let from = 0; from < claimed.length; from += atOnce) {
        const slice = claimed.slice(from, from + atOnce);
        await Promise.all(slice.map(async (job) => JSON.parse(job.data)));
        const recorded = this.#finish(slice).finally(() => recording.delete(recorded));
        recording.add(recorded);
        if (recording.size > 2) await Promise.race(recording);
      }
      done += claimed.length;
    }
    await Promise.all(recording);
    await next;
  }

  async #claim(): Promise<{ number: number; data: string }[]> {
    const [found] = (await this.#pool.query(
      `SELECT number FROM progress_manager WHERE type = 'noop' AND due_at <= UTC_TIMESTAMP(3)
          AND status IN ('new', 'in_progress') AND deleted = 0 ORDER BY due_at, number LIMIT ${AHEAD}`,
    )) as never as [{ number: number }[]];
    if (found.length === 0) return [];
    const numbers = found.map(({ number }) => number);
    const owner = uuid();
    await this.#pool.query(
      `UPDATE progress_manager SET status = 'in_progress', lease_owner = ?, lease_version = lease_version + 1,
              attempt = attempt + 1, started_at = UTC_TIMESTAMP(3), due_at = UTC_TIMESTAMP(3) + INTERVAL 30 SECOND
        WHERE number IN (?) AND status IN ('new', 'in_progress') AND deleted = 0 AND due_at <= UTC_TIMESTAMP(3)`,
      [owner, numbers],
    );
    const [won] = await this.#pool.query(
      'SELECT number, data FROM progress_manager WHERE number IN (?) AND lease_owner = ?',
      [numbers, owner],
    );
    return won as never;
  }

  async #finish(jobs: readonly { number: number }[]): Promise<void> {
    const values = jobs.map(() => 'SELECT ? AS number, 1 AS lease_version, 0 AS slice_seq').join(' UNION ALL ');
    await this.#pool.query(
      `UPDATE progress_manager AS p JOIN (${values}) AS v
           ON v.number = p.number AND v.lease_version = p.lease_version AND v.slice_seq = p.slice_seq
              AND p.status = 'in_progress'
          SET p.status = 'success', p.progress = 100, p.progress_offset = 1, p.processed = 1, p.total = 1,
              p.slice_seq = p.slice_seq + 1, p.lease_owner = NULL, p.due_at = NULL, p.finished_at = UTC_TIMESTAMP(3),
              p.modified_at = UTC_TIMESTAMP(3)`,
      jobs.map(({ number }) => number),
    );
  }

  async #onOneRow(
    count: number,
    work: (connection: PoolConnection, number: number, step: number) => Promise<void>,
  ): Promise<number> {
    await this.empty();
    await this.#insert([row()]);
    const connection = await this.#pool.getConnection();
    const [[{ number }]] = (await connection.query('SELECT number FROM progress_manager')) as never as [
      [{ number: number }],
    ];
    const took = await timed(async () => {
      for (let step = 0; step < count; step++) await work(connection, number, step);
    });
    connection.release();
    return took / count;
  }
}

/** Changes what a slice changes, under the guards that a slice has. */
const RECORD = `UPDATE progress_manager
     SET progress_offset = ?, progress = ?, processed = ?, slice_seq = slice_seq + 1, revision = revision + 1,
         due_at = UTC_TIMESTAMP(3) + INTERVAL 30 SECOND, modified_at = UTC_TIMESTAMP(3)
   WHERE number = ? AND slice_seq = ? AND lease_version = 0 AND status = 'new'`;

const row = (): Row => [uuid(), 'Job', 'noop', JSON.stringify({ n: 1 })];
const rows = (count: number) => Array.from({ length: count }, row);
