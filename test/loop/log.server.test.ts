import { afterAll, beforeAll } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { itemsSuite } from './items-suite.js';
import { logSuite } from './log-suite.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database[Symbol.asyncDispose]());

logSuite(() => ({ databaseUrl: database.url }));
itemsSuite(() => ({ databaseUrl: database.url }));
