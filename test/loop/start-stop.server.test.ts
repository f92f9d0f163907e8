import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, inject } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';
import { describeStartsAndStops } from './start-stop-suite.js';

const databases: TestDatabase[] = [];
let watcher: Connection;

// Before what is held is counted: the watcher's connection is ours.
beforeAll(async () => {
  watcher = await createConnection(inject('serverUrl'));
});

afterAll(async () => {
  for (const database of databases) await database[Symbol.asyncDispose]();
  await watcher.end();
});

/** Other test files use the same server: of its threads only those of our databases are ours. */
async function connected(): Promise<number> {
  const names = databases.map(({ url }) => new URL(url).pathname.slice(1));
  const [rows] = await watcher.query<RowDataPacket[]>(
    'SELECT COUNT(*) AS connections FROM information_schema.processlist WHERE db IN (?)',
    [names],
  );
  return Number(rows[0]?.connections);
}

describeStartsAndStops(
  async () => {
    const database = await createTestDatabase();
    databases.push(database);
    return { databaseUrl: database.url };
  },
  async () => void (await until('the last connection to end', async () => (await connected()) === 0)),
);
