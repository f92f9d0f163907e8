import { test } from 'vitest';
import { createTestDatabase } from '../support/test-database.js';
import { compareSchema } from './compare-schema.js';

test('the migrations make the checked-in schema on MySQL and MariaDB', async () => {
  await using database = await createTestDatabase();
  await compareSchema(database.url, 'mysql.txt');
});
