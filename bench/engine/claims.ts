import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, createConnection } from 'mysql2/promise';
import type { Ours } from './ours.js';

/** How many jobs a claim takes here. */
const LIMIT = 10;

/** A table whose claims are measured. */
export class ClaimTable {
  constructor(
    private readonly ours: Ours,
    private readonly connection: Connection,
  ) {}

  static async open(ours: Ours, databaseUrl: string): Promise<ClaimTable> {
    return new ClaimTable(ours, await createConnection({ uri: databaseUrl, timezone: 'Z' }));
  }

  /** Rows as they are after months: every second one has ended, the others are due. */
  async fill(type: string, count: number, ended = 0): Promise<void> {
    const columns = 'id, name, type, status, data, created_by_id, due_at, finished_at, created_at, modified_at';
    const now = 'UTC_TIMESTAMP(3)';
    const waiting = (from: number, to: number, status: string, due: string, finished: string) =>
      this.connection.query(
        `INSERT INTO progress_manager (${columns})
         SELECT UUID(), 'Job', ?, '${status}', '{"n":1}', CONCAT('user', seq % 1000), ${due}, ${finished},
                ${now}, ${now} FROM seq_${from}_to_${to}`,
        [type],
      );
    if (ended > 0) await waiting(1, ended, 'success', 'NULL', now);
    await waiting(ended + 1, ended + count, 'new', `${now} - INTERVAL 300 SECOND`, 'NULL');
  }

  /** Milliseconds of each of so many claims. */
  async claims(count: number): Promise<number[]> {
    const store = (await this.ours.app(50)).container.get('jobStore');
    const request = { worker: `${hostname()}:1/bench`, types: ['noop', 'counting', 'writing'], limit: LIMIT };
    const took: number[] = [];
    while (took.length < count) {
      const since = performance.now();
      const { jobs } = await store.claim({ ...request, leaseMs: 3_600_000 });
      took.push(performance.now() - since);
      if (jobs.length !== LIMIT) throw new Error(`A claim took ${jobs.length} jobs instead of ${LIMIT}.`);
    }
    return took;
  }

  /** So many jobs come and go, in batches and by the statements of the queue. */
  async churn(jobs: number): Promise<void> {
    const size = 1000;
    for (let done = 0; done < jobs; done += size) {
      await this.fill('noop', size);
      const mine = "type = 'noop' AND status = ? AND name = 'Job' ORDER BY due_at, number LIMIT ?";
      await this.connection.query(
        `UPDATE progress_manager SET status = 'in_progress', due_at = UTC_TIMESTAMP(3) + INTERVAL 30 SECOND WHERE ${mine}`,
        ['new', size],
      );
      await this.connection.query(
        `UPDATE progress_manager SET status = 'success', due_at = NULL, finished_at = UTC_TIMESTAMP(3) WHERE ${mine}`,
        ['in_progress', size],
      );
    }
  }

  /** Waits until nothing old is kept for anybody. */
  async purged(): Promise<void> {
    for (let tries = 0; tries < 600; tries++) {
      const [[row]] = (await this.connection.query("SHOW STATUS LIKE 'Innodb_history_list_length'")) as never as [
        [{ Value: string }],
      ];
      if (Number(row.Value) < 500) return;
      await sleep(100);
    }
  }

  /** A transaction that somebody forgot: what it could still see is kept. Gives what ends it. */
  async forgottenSnapshot(): Promise<() => Promise<void>> {
    const { config } = this.connection;
    const forgotten = await createConnection({
      ...{ host: config.host, port: config.port, user: config.user, database: config.database },
    } as never);
    await forgotten.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    await forgotten.query('START TRANSACTION WITH CONSISTENT SNAPSHOT');
    await forgotten.query('SELECT COUNT(*) FROM progress_manager LIMIT 1');
    return () => forgotten.end();
  }

  async close(): Promise<void> {
    await this.connection.end();
    await this.ours.close();
  }
}
