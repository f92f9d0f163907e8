import { afterAll, beforeAll } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/test-database.js';
import { isolationSuite } from './isolation-suite.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

isolationSuite(() => ({ databaseUrl: database.url }));
