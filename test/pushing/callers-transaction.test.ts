import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import knexOf from 'knex';
import { afterAll, beforeAll } from 'vitest';
import { begunOn, callersTransactionSuite, ownKnex, type Way } from './callers-transaction-suite.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'progress-manager-transaction-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const filename = () => join(folder, 'test.sqlite');

const ofAnotherKnex: Way = {
  name: 'of a knex of the application’s own',
  begin: () => {
    const knex = knexOf({ client: 'better-sqlite3', connection: { filename: filename() }, useNullAsDefault: true });
    return begunOn(knex, () => knex.destroy());
  },
};

callersTransactionSuite(() => ({ databaseUrl: `sqlite:${filename()}` }), [ownKnex, ofAnotherKnex]);
