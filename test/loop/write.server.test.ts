import { afterAll, beforeAll } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { cancelSuite } from './cancel-suite.js';
import { filesSuite } from './files-suite.js';
import { writeSuite } from './write-suite.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database[Symbol.asyncDispose]());

const onServer = () => ({ databaseUrl: database.url });

writeSuite(onServer);
filesSuite(onServer);
cancelSuite(onServer);
