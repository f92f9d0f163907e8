import { afterEach } from 'vitest';
import { createTestDatabase, type TestDatabase } from './test-database.js';

/** Gives the address of a new empty database at each call; all of them go after the test. */
export function emptyDatabases(): () => Promise<string> {
  const made: TestDatabase[] = [];
  afterEach(async () => {
    for (const database of made.splice(0)) await database[Symbol.asyncDispose]();
  });
  return async () => {
    const database = await createTestDatabase();
    made.push(database);
    return database.url;
  };
}
