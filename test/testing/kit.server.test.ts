import { afterEach, describe } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { describeKit } from './kit-suite.js';

const made: TestDatabase[] = [];

afterEach(async () => {
  for (const database of made.splice(0)) await database[Symbol.asyncDispose]();
});

async function emptyDatabase(): Promise<string> {
  const database = await createTestDatabase();
  made.push(database);
  return database.url;
}

describe('the server', { timeout: 120_000 }, () => describeKit({ databaseUrl: emptyDatabase }, 3));
