import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openDatabase } from '../../core/store/open-database.js';

/** A file that this process and another program have open; the other waits for nobody. */
async function openTwice() {
  const folder = await mkdtemp(join(tmpdir(), 'progress-manager-two-'));
  const file = join(folder, 'jobs.sqlite');
  const database = await openDatabase({ url: `sqlite:${file}`, pool: 1 });
  await database.knex.raw('CREATE TABLE counter (n INTEGER)');
  await database.knex('counter').insert({ n: 0 });
  const other = new Sqlite(file, { timeout: 0 });
  return {
    knex: database.knex,
    other,
    [Symbol.asyncDispose]: async () => {
      other.close();
      await database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

test('a transaction that reads and then writes is never told that somebody has written in between', async () => {
  await using twice = await openTwice();
  await twice.knex.transaction(async (transaction) => {
    const [{ n }] = await transaction('counter');
    // With a plain BEGIN this would be let in, and the write below would fail, however long it waited.
    expect(() => twice.other.exec('UPDATE counter SET n = n + 10')).toThrow('database is locked');
    await transaction('counter').update({ n: n + 1 });
  });
  expect(await twice.knex('counter')).toEqual([{ n: 1 }]);
});

test('others read what is committed while a transaction writes', async () => {
  await using twice = await openTwice();
  await twice.knex.transaction(async (transaction) => {
    await transaction('counter').update({ n: 1 });
    expect(twice.other.prepare('SELECT n FROM counter').get()).toEqual({ n: 0 });
  });
  expect(twice.other.prepare('SELECT n FROM counter').get()).toEqual({ n: 1 });
});
