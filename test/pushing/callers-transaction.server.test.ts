import knexOf from 'knex';
import { createConnection, createPool } from 'mysql2';
import { createConnection as createPromiseConnection } from 'mysql2/promise';
import { afterAll, beforeAll } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { type Begun, begunOn, callersTransactionSuite, ownKnex, type Way } from './callers-transaction-suite.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database[Symbol.asyncDispose]());

/** What an application may have set on its own connections. */
const MODES = ["sql_mode = 'NO_BACKSLASH_ESCAPES'", 'TRANSACTION ISOLATION LEVEL REPEATABLE READ'];

const ofAnotherKnex: Way = {
  name: 'of a knex of the application’s own',
  begin: () => {
    const knex = knexOf({ client: 'mysql2', connection: database.url, pool: { min: 0, max: 1 } });
    return begunOn(knex, () => knex.destroy());
  },
};

const ofPromises: Way = {
  name: 'of mysql2 with promises',
  begin: async () => {
    const connection = await createPromiseConnection(database.url);
    for (const mode of MODES) await connection.query(`SET SESSION ${mode}`);
    await connection.beginTransaction();
    // From here on it sees what was there now.
    await connection.query('SELECT COUNT(*) FROM progress_manager');
    return begunBy(connection, connection, () => connection.end());
  },
};

const ofCallbacks: Way = {
  name: 'of mysql2 with callbacks',
  begin: async () => {
    const connection = createConnection({ uri: database.url, rowsAsArray: true, namedPlaceholders: true });
    const promises = connection.promise();
    await promises.beginTransaction();
    return begunBy(connection, promises, () => promises.end());
  },
};

const ofAPool: Way = {
  name: 'of a pool of mysql2',
  begin: async () => {
    const pool = createPool({ uri: database.url, dateStrings: false }).promise();
    const connection = await pool.getConnection();
    await connection.beginTransaction();
    return begunBy(connection, connection, async () => {
      connection.release();
      await pool.end();
    });
  },
};

type Promises = Awaited<ReturnType<typeof createPromiseConnection>>;

function begunBy(transaction: Begun['transaction'], promises: Promises, end: () => Promise<unknown>): Begun {
  return {
    transaction,
    run: (sql) => promises.query(sql),
    commit: () => promises.commit(),
    rollback: () => promises.rollback(),
    [Symbol.asyncDispose]: async () => {
      await promises.rollback();
      await end();
    },
  };
}

callersTransactionSuite(
  () => ({ databaseUrl: database.url }),
  [ownKnex, ofAnotherKnex, ofPromises, ofCallbacks, ofAPool],
);
