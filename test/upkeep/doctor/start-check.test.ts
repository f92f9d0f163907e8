import { expect, test, vi } from 'vitest';
import { Database } from '../../../core/store/database.js';
import { mysqlDialect, sqliteDialect } from '../../../core/store/dialect.js';
import { StartCheck } from '../../../core/upkeep/doctor/start-check.js';
import { brokenConnection } from '../../support/database-fault.js';

const SOUND = {
  version: '8.0.36',
  transaction_isolation: 'READ-COMMITTED',
  sql_mode: 'STRICT_ALL_TABLES',
  time_zone: '+00:00',
};

/** A server that says this of itself, and on which no write comes through. */
function check(variables: object, dialect = mysqlDialect()) {
  const query = vi.fn(async () => ({
    response: [Object.entries(variables).map(([Variable_name, Value]) => ({ Variable_name, Value }))],
  }));
  const client = { acquireConnection: async () => ({}), query, releaseConnection: async () => undefined };
  const warn = vi.fn();
  const silent = () => undefined;
  const knex = Object.assign(() => undefined, { client, transaction: brokenConnection });
  const database = new Database(knex as never, dialect);
  return { query, warn, check: new StartCheck(database, { debug: silent, info: silent, warn, error: silent }) };
}

test('a statement-based log, under which no trial comes through, refuses the start', async () => {
  const server = check({ ...SOUND, log_bin: 'ON', binlog_format: 'STATEMENT' });
  const refusal = await server.check.refusal();
  expect(refusal).toMatchObject({
    code: 'store_unavailable',
    message: expect.stringContaining('binlog_format to ROW'),
  });
});

test('every reason is told at once', async () => {
  const refusal = await check({ ...SOUND, version: '5.7.1', sql_mode: '' }).check.refusal();
  expect(refusal?.message).toMatch(/5\.7\.1, which is too old.*not strict/s);
});

test('a database that breaks under the check is no reason not to start', async () => {
  const server = check(SOUND);
  expect(await server.check.refusal()).toBeUndefined();
  expect(server.warn).toHaveBeenCalledOnce();
});

test('an embedded database is asked nothing', async () => {
  const embedded = check({}, sqliteDialect());
  expect(await embedded.check.refusal()).toBeUndefined();
  expect(embedded.query).not.toHaveBeenCalled();
  expect(embedded.warn).not.toHaveBeenCalled();
});
