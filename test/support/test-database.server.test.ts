import { createConnection } from 'mysql2/promise';
import { expect, test } from 'vitest';
import { createTestDatabase } from './test-database.js';

test('a test gets an empty utf8mb4 database of its own, which is gone afterwards', async () => {
  let url: string;
  {
    await using database = await createTestDatabase();
    url = database.url;
    expect(await queryAll(url, 'SHOW TABLES')).toEqual([]);
    expect(await queryAll(url, 'SELECT @@character_set_database AS charset')).toEqual([{ charset: 'utf8mb4' }]);
  }
  await expect(createConnection(url)).rejects.toMatchObject({ code: 'ER_BAD_DB_ERROR' });
});

test('the throw-away server survives a crash as a real one: it flushes at each commit', async () => {
  await using database = await createTestDatabase();
  expect(await queryAll(database.url, 'SELECT @@innodb_flush_log_at_trx_commit AS flush')).toEqual([{ flush: 1 }]);
});

async function queryAll(url: string, statement: string): Promise<unknown> {
  const connection = await createConnection(url);
  try {
    const [rows] = await connection.query(statement);
    return rows;
  } finally {
    await connection.end();
  }
}
