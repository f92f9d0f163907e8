import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { expect, test } from 'vitest';
import { startThrowAwayServer } from '../support/mariadb.js';
import { until } from '../support/until.js';
import { databaseOn } from './database-on.js';
import { openUnderLoad } from './load.js';
import { NO_FAULTS, readLedger } from './oracle.js';
import { randomOf, seedOfRun } from './random.js';
import { quantile } from './report.js';
import { faults } from './times.js';

const FLIPS = faults(10);
/** Every fifth flip lasts so long that no connection from before it may be left, ms. */
const LONG_MS = 6000;
const INTERVAL_MS = 50;

test(`${FLIPS} times a server takes no writes for a while: no job fails, work goes on, and no connection to it is kept`, async () => {
  const random = randomOf(seedOfRun('read-only'));
  const server = await startThrowAwayServer();
  try {
    const url = await databaseOn(server);
    const root = await createConnection(server.url);
    // Who may write to a read-only server, as root may, would not notice.
    await root.query("CREATE USER app@'127.0.0.1'");
    await root.query("GRANT ALL ON pm_faults.* TO app@'127.0.0.1'");
    await using load = await openUnderLoad(random, {
      ...{ database: { url }, user: 'app' },
      options: { leaseMs: 30_000, beatMs: 200, intervalMs: INTERVAL_MS },
    });
    const begun = () => readLedger(load.ledger).length;
    const goneOnAfter: number[] = [];
    const kept: number[] = [];
    let effective = 0;
    for (let flip = 0; flip < FLIPS; flip++) {
      await sleep(300 + random() * 500);
      const before = await connectionsOfApp(root);
      await root.query('SET GLOBAL read_only = ON');
      load.proxy.countAnswersWith('read-only');
      await sleep(flip % 5 === 4 ? LONG_MS : 300 + random() * 1200);
      if (flip % 5 === 4) {
        const after = await connectionsOfApp(root);
        kept.push(before.filter((id) => after.includes(id)).length);
      }
      // A flip that nobody met does not count.
      if (load.proxy.counted > 0) effective++;
      await root.query('SET GLOBAL read_only = OFF');
      const backAt = Date.now();
      const count = begun();
      await until('work that goes on', () => begun() > count, 60_000);
      goneOnAfter.push(Date.now() - backAt);
    }
    const found = await load.finish('Flips of a server to read-only', {
      ...{ planned: FLIPS, injected: FLIPS, effective },
      also: `work went on after median ${quantile(goneOnAfter, 0.5)} ms, longest ${quantile(goneOnAfter, 1)} ms; connections kept: ${kept.join(', ')}`,
    });
    await root.end();
    expect(found).toEqual(NO_FAULTS);
    expect(effective).toBe(FLIPS);
    expect(quantile(goneOnAfter, 1)).toBeLessThanOrEqual(2000 + INTERVAL_MS);
    expect(kept).toEqual(kept.map(() => 0));
  } finally {
    await server.stop();
  }
});

async function connectionsOfApp(root: Connection): Promise<number[]> {
  const [rows] = await root.query<RowDataPacket[]>("SELECT id FROM information_schema.processlist WHERE user = 'app'");
  return rows.map(({ id }) => Number(id));
}
