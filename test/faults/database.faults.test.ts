import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { expect, test } from 'vitest';
import { bootForTests } from '../support/boot-for-tests.js';
import { type KillableServer, startThrowAwayServer } from '../support/mariadb.js';
import { startProxy } from '../support/proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { ROWS_ROOT } from './fleet.js';
import { faultsOfRows, NO_FAULTS, readLedger } from './oracle.js';
import { randomOf, seedOfRun } from './random.js';

const CUTS = 300;
const LOCKS = 500;
const SERVER_KILLS = 3;
const SLICES = 20;

/** A core behind a proxy with endless rows to write, until `stop`; then every job is carried to its end. */
async function openUnderLoad(random: () => number, openDatabase = createTestDatabase) {
  const folder = await mkdtemp(join(tmpdir(), 'pm-faults-'));
  const ledger = join(folder, 'ledger.txt');
  await writeFile(ledger, '');
  process.env.LEDGER = ledger;
  const database = await openDatabase();
  const proxy = await startProxy(database.url);
  const options = { root: ROWS_ROOT, filesDir: folder, leaseMs: 2000, beatMs: 200, intervalMs: 50, limit: 5 };
  const watcher = await bootForTests({ ...options, databaseUrl: database.url });
  await watcher.app.container.get('knex').schema.createTable('fault_row', (table) => {
    table.bigInteger('job').notNullable();
    table.integer('seq').notNullable();
  });
  const worker = await bootForTests({ ...options, databaseUrl: proxy.url });
  const manager = watcher.app.container.get('progressManager');
  await worker.app.start();
  let isOver = false;
  const feeding = (async () => {
    while (!isOver) {
      await sleep(20);
      // The one who pushes may meet an absent server, and is told so.
      const total = await manager.find({ status: ['new', 'in_progress'], limit: 1 }).then(
        (page) => page.total,
        () => 8,
      );
      for (let count = total; count < 8; count++) {
        await manager
          .push('Rows', 'rows', { slices: SLICES, sliceMs: random() < 0.05 ? 300 : Math.floor(random() * 20) })
          .catch(() => undefined);
      }
    }
  })();
  return {
    ...{ database, proxy, manager, app: watcher.app, ledger },
    async jobs(): Promise<number> {
      const [row] = await watcher.app.container.get('knex')('progress_manager').count<{ jobs: number }[]>('* as jobs');
      return Number(row?.jobs);
    },
    async finish(): Promise<void> {
      isOver = true;
      await feeding;
      const left = (await manager.find({ status: ['new', 'in_progress'], limit: 200 })).list;
      await manager.wait(
        left.map(({ id }) => id),
        { timeout: 120_000 },
      );
    },
    [Symbol.asyncDispose]: async () => {
      for (const each of [worker, watcher, proxy, database]) await each[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

test(`${CUTS} connections cut between a statement and its answer: nothing lost, nothing twice, no job harmed`, async () => {
  const random = randomOf(seedOfRun('cuts'));
  await using load = await openUnderLoad(random);
  const statements = [
    'write_id = ',
    'COMMIT',
    'insert into `fault_row`',
    'SET crash_count',
    'lease_version, slice_seq',
    'UPDATE progress_manager AS p',
    'BEGIN',
  ];
  const swallowed = new Map<string, number>();
  while (load.proxy.swallowed < CUTS) {
    const before = load.proxy.swallowed;
    const statement = statements[Math.floor(random() * statements.length)] as string;
    load.proxy.swallowAnswerTo(statement);
    const until = Date.now() + 1000;
    while (load.proxy.swallowed === before && Date.now() < until) await sleep(2);
    if (load.proxy.swallowed > before) swallowed.set(statement, (swallowed.get(statement) ?? 0) + 1);
    await sleep(random() * 30);
  }
  await load.finish();
  const begun = readLedger(load.ledger);
  const total = await load.jobs();
  console.log(
    `${begun.length} slices of ${total} jobs begun, ${begun.length - total * SLICES} of them again;`,
    Object.fromEntries(swallowed),
  );
  expect(await faultsOfRows(load.app, SLICES)).toEqual(NO_FAULTS);
});

test(`${LOCKS} rows locked by somebody else, and deadlocks with them: no job sees it`, async () => {
  const random = randomOf(seedOfRun('locks'));
  await using load = await openUnderLoad(random);
  const adversary = await createConnection(load.database.url);
  let locked = 0;
  while (locked < LOCKS) {
    const [rows] = (await adversary.query(
      "SELECT number FROM progress_manager WHERE status = 'in_progress' ORDER BY RAND() LIMIT 2",
    )) as never as [{ number: number }[]];
    try {
      await adversary.query('BEGIN');
      for (const { number } of rows) {
        await adversary.query('UPDATE progress_manager SET created_at = created_at WHERE number = ?', [number]);
        locked++;
        await sleep(random() * 20);
      }
      await adversary.query(random() < 0.5 ? 'COMMIT' : 'ROLLBACK');
    } catch (error) {
      // The other half of a deadlock: this time it was us.
      await adversary.query('ROLLBACK');
      if ((error as { errno?: number }).errno !== 1213) throw error;
    }
  }
  await adversary.end();
  await load.finish();
  const begun = readLedger(load.ledger);
  const total = await load.jobs();
  console.log(
    `${begun.length} slices of ${total} jobs begun, ${begun.length - total * SLICES} of them again; ${locked} rows locked`,
  );
  expect(await faultsOfRows(load.app, SLICES)).toEqual(NO_FAULTS);
});

test(`${SERVER_KILLS} times kill -9 of the server: work goes on when it is back, nothing lost, nothing twice`, async () => {
  const random = randomOf(seedOfRun('server'));
  const server = await startThrowAwayServer();
  try {
    await using load = await openUnderLoad(random, () => databaseOn(server));
    const returned: number[] = [];
    for (let kills = 0; kills < SERVER_KILLS; kills++) {
      await sleep(1000 + random() * 1000);
      await server.kill();
      await sleep(random() * 1500);
      await server.again();
      const backAt = Date.now();
      const begunBefore = readLedger(load.ledger).length;
      while (readLedger(load.ledger).length === begunBefore) await sleep(10);
      returned.push(Date.now() - backAt);
    }
    await load.finish();
    const begun = readLedger(load.ledger);
    const total = await load.jobs();
    console.log(
      `${begun.length} slices of ${total} jobs begun, ${begun.length - total * SLICES} of them again; first slice ${returned.join(', ')} ms after the server was back`,
    );
    expect(await faultsOfRows(load.app, SLICES)).toEqual(NO_FAULTS);
  } finally {
    await server.stop();
  }
});

async function databaseOn(server: KillableServer): Promise<TestDatabase> {
  const connection = await createConnection(server.url);
  await connection.query('CREATE DATABASE pm_faults CHARACTER SET utf8mb4');
  await connection.end();
  return { url: `${server.url}/pm_faults`, [Symbol.asyncDispose]: async () => undefined };
}
