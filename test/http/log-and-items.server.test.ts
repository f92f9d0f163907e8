import { afterAll } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { logAndItemsContract } from './log-and-items-contract.js';

let database: TestDatabase | undefined;
afterAll(() => database?.[Symbol.asyncDispose]());

logAndItemsContract(async () => {
  database = await createTestDatabase();
  return { databaseUrl: database.url };
});
