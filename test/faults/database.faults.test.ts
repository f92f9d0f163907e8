import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { expect, test } from 'vitest';
import { startThrowAwayServer } from '../support/mariadb.js';
import { databaseOn } from './database-on.js';
import { openUnderLoad } from './load.js';
import { NO_FAULTS, readLedger } from './oracle.js';
import { randomOf, seedOfRun } from './random.js';
import { faults } from './times.js';

const CUTS = faults(300);
const LOCKS = faults(500);
const SERVER_KILLS = faults(3);

test(`${CUTS} connections cut between a statement and its answer: nothing lost, nothing twice, no job harmed`, async () => {
  const random = randomOf(seedOfRun('cuts'));
  await using load = await openUnderLoad(random);
  const statements = [
    'write_id = ',
    // With its semicolon: each new connection is set to READ COMMITTED.
    'COMMIT;',
    'insert into `fault_row`',
    'SET crash_count = crash_count +',
    'lease_version, slice_seq',
    'UPDATE progress_manager AS p',
    'SET autocommit',
  ];
  const swallowed = new Map<string, number>();
  let tries = 0;
  while (load.proxy.swallowed < CUTS) {
    const before = load.proxy.swallowed;
    const statement = statements[Math.floor(random() * statements.length)] as string;
    load.proxy.swallowAnswerTo(statement);
    tries++;
    const until = Date.now() + 1000;
    while (load.proxy.swallowed === before && Date.now() < until) await sleep(2);
    if (load.proxy.swallowed > before) swallowed.set(statement, (swallowed.get(statement) ?? 0) + 1);
    await sleep(random() * 30);
  }
  const found = await load.finish('Connections cut between a statement and its answer', {
    ...{ planned: CUTS, injected: tries, effective: CUTS },
    also: JSON.stringify(Object.fromEntries(swallowed)),
  });
  expect(found).toEqual(NO_FAULTS);
});

test(`${LOCKS} rows locked by somebody else, and deadlocks with them: no job sees it`, async () => {
  const random = randomOf(seedOfRun('locks'));
  await using load = await openUnderLoad(random);
  const adversary = await createConnection(load.databaseUrl);
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
  const found = await load.finish('Rows locked by somebody else', {
    ...{ planned: LOCKS, injected: locked, effective: locked },
  });
  expect(found).toEqual(NO_FAULTS);
});

test(`${SERVER_KILLS} times kill -9 of the server: work goes on when it is back, nothing lost, nothing twice`, async () => {
  const random = randomOf(seedOfRun('server'));
  const server = await startThrowAwayServer();
  try {
    await using load = await openUnderLoad(random, { database: { url: await databaseOn(server) } });
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
    const found = await load.finish('kill -9 of the server', {
      ...{ planned: SERVER_KILLS, injected: SERVER_KILLS, effective: SERVER_KILLS },
      also: `first slice ${returned.join(', ')} ms after the server was back`,
    });
    expect(found).toEqual(NO_FAULTS);
  } finally {
    await server.stop();
  }
});
