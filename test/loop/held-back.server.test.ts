import { afterAll, beforeAll } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { heldBackSuite } from './held-back-suite.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database[Symbol.asyncDispose]());

heldBackSuite(() => ({ databaseUrl: database.url }));
