import { afterEach, beforeEach } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { waitSuite } from './wait-suite.js';

let database: TestDatabase;

beforeEach(async () => {
  database = await createTestDatabase();
});

afterEach(() => database[Symbol.asyncDispose]());

waitSuite(() => ({ databaseUrl: database.url }));
