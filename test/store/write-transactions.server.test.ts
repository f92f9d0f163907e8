import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Database } from '../../core/store/database.js';
import { openDatabase } from '../../core/store/open-database.js';
import { WriteTransactions } from '../../core/store/write-transactions.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

/** Soon enough on a machine that stalls, ms. */
const SOON_MS = 1500;

interface Numbered {
  readonly threadId: number;
}

let place: TestDatabase;
let database: Database;
let sent: string[] = [];

beforeAll(async () => {
  place = await createTestDatabase();
  database = await openDatabase({ url: place.url, pool: 4 });
  await database.knex.raw('CREATE TABLE note (text VARCHAR(20))');
  database.knex.on('query', ({ sql }: { readonly sql: string }) => sent.push(sql));
});
afterAll(async () => {
  await database.close();
  await place[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await database.knex.raw('DELETE FROM note');
  sent = [];
});

const note = (text: string) => (transaction: Knex) => transaction.raw('INSERT INTO note VALUES (?)', [text]);
const INSERT = 'INSERT INTO note VALUES (?)';
const [OFF, ON] = ['SET autocommit = 0', 'SET autocommit = 1'];
const notes = async () => (await database.rows<{ text: string }>('SELECT text FROM note', [])).map(({ text }) => text);
const taken = () => database.knex.client.pool.numUsed();

test('while they follow each other soon the connection stays as it is', async () => {
  const writes = new WriteTransactions(database.knex, SOON_MS);
  for (const text of ['a', 'b', 'c', 'd']) await writes.run(note(text));
  expect(sent).toEqual([
    ...[OFF, INSERT, 'COMMIT;', ON],
    ...[OFF, INSERT, 'COMMIT;'],
    ...[INSERT, 'COMMIT;'],
    ...[INSERT, 'COMMIT;'],
  ]);
  expect(await notes()).toEqual(['a', 'b', 'c', 'd']);
  await until('nothing is kept', () => taken() === 0);
});

test('what nobody wants goes back as it came', async () => {
  const writes = new WriteTransactions(database.knex, SOON_MS);
  const ids: number[] = [];
  const look = async (on: Knex) => {
    const [[row]] = await on.raw('SELECT CONNECTION_ID() AS id, @@autocommit AS isOn');
    ids.push(row.id);
    return row.isOn;
  };
  expect([await writes.run(look), await writes.run(look)]).toEqual([0, 0]);
  expect(taken()).toBe(1);
  await until('it goes back', () => taken() === 0);
  expect(sent.at(-1)).toBe(ON);
  expect(await look(database.knex)).toBe(1);
  expect(new Set(ids).size).toBe(1);
});

test('where they come late, each gives its connection back at once', async () => {
  const writes = new WriteTransactions(database.knex, 0);
  await writes.run(note('a'));
  await writes.run(note('b'));
  expect(taken()).toBe(0);
  expect(sent.filter((sql) => sql === ON)).toHaveLength(2);
});

test('one that fails is undone alone, and its connection is not kept', async () => {
  const writes = new WriteTransactions(database.knex, SOON_MS);
  for (const text of ['a', 'b', 'c']) await writes.run(note(text));
  const failure = new Error('No.');
  const failing = writes.run(async (transaction) => {
    await note('undone')(transaction);
    throw failure;
  });
  await expect(failing).rejects.toBe(failure);
  expect(taken()).toBe(0);
  expect(await notes()).toEqual(['a', 'b', 'c']);
});

test('one in which something turned autocommit on does not pass that on', async () => {
  const writes = new WriteTransactions(database.knex, SOON_MS);
  await writes.run(note('a'));
  await writes.run(async (transaction) => {
    await note('b')(transaction);
    await transaction.raw(ON);
  });
  expect(taken()).toBe(0);
});

test('a transaction inside it is undone alone', async () => {
  const writes = new WriteTransactions(database.knex, 0);
  await writes.run(async (transaction) => {
    await note('a')(transaction);
    const inner = transaction.transaction(async (nested) => {
      await note('undone')(nested);
      throw new Error('No.');
    });
    await expect(inner).rejects.toThrow('No.');
    await note('b')(transaction);
  });
  expect(await notes()).toEqual(['a', 'b']);
});

test('one that takes longer than the next is waited for is committed by nobody else', async () => {
  const writes = new WriteTransactions(database.knex, 200);
  await writes.run(note('a'));
  await writes.run(note('b'));
  const failing = writes.run(async (transaction) => {
    await note('undone')(transaction);
    await sleep(400);
    throw new Error('No.');
  });
  await expect(failing).rejects.toThrow('No.');
  expect(await notes()).toEqual(['a', 'b']);
});

test('behind a commit that was refused the connection is not kept', async () => {
  const writes = new WriteTransactions(database.knex, SOON_MS);
  await writes.run(note('a'));
  await writes.run(note('b'));
  const refused = writes.run(async (transaction) => {
    await note('undone')(transaction);
    const connection = await transaction.client.acquireConnection();
    const query = connection.query;
    // As a cluster refuses what another of its servers has written meanwhile; the connection lives on.
    connection.query = (_commit: string, _bindings: unknown, heard: (error: unknown) => void) => {
      connection.query = query;
      heard(Object.assign(new Error('Deadlock.'), { errno: 1213 }));
    };
  });
  await expect(refused).rejects.toMatchObject({ errno: 1213 });
  expect(taken()).toBe(0);
  expect(sent.slice(-2)).toEqual(['ROLLBACK', ON]);
  expect(await notes()).toEqual(['a', 'b']);
});

test('a connection that broke while nobody wanted it is not used again', async () => {
  const writes = new WriteTransactions(database.knex, SOON_MS);
  let held: { readonly threadId: number; readonly stream: { readonly destroyed: boolean } } | undefined;
  const look = async (transaction: Knex) => {
    held = await transaction.client.acquireConnection();
  };
  await writes.run(look);
  await writes.run(look);
  await database.knex.raw('KILL ?', [held?.threadId ?? 0]);
  await until('it is gone', () => held?.stream.destroyed === true);
  await writes.run(note('a'));
  expect(await notes()).toEqual(['a']);
  await until('nothing is kept', () => taken() === 0);
});

test('after a failover a connection that was kept is not used again', async () => {
  const writes = new WriteTransactions(database.knex, SOON_MS);
  const idOf = (transaction: Knex) => transaction.client.acquireConnection().then(({ threadId }: Numbered) => threadId);
  await writes.run(idOf);
  const kept = await writes.run(idOf);
  await expect(database.rows("SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1290", [])).rejects.toThrow();
  expect(await writes.run(idOf)).not.toBe(kept);
  await until('nothing is kept', () => taken() === 0);
});

test('one that cannot be given back as it came is not given out again', async () => {
  const writes = new WriteTransactions(database.knex, 0);
  const id = await writes.run(async (transaction) => {
    const connection = await transaction.client.acquireConnection();
    const query = connection.query.bind(connection);
    connection.query = (sql: string, bindings: unknown, heard: (error: unknown) => void) =>
      sql === ON ? heard(new Error('No.')) : query(sql, bindings, heard);
    return connection.threadId;
  });
  expect(taken()).toBe(0);
  const [row] = await database.rows<{ id: number }>('SELECT CONNECTION_ID() AS id', []);
  expect(row?.id).not.toBe(id);
});

test('where there is no other connection none is kept', async () => {
  // One of them is the beat's.
  const small = await openDatabase({ url: place.url, pool: 2 });
  const writes = new WriteTransactions(small.knex, SOON_MS);
  await writes.run(note('a'));
  await writes.run(note('b'));
  expect(small.knex.client.pool.numUsed()).toBe(0);
  await small.close();
});

test('two at once have a connection each', async () => {
  const writes = new WriteTransactions(database.knex, SOON_MS);
  await writes.run(note('a'));
  const both = async (first: string, second: string) => {
    await writes.run(note(first));
    await writes.run(note(second));
  };
  await Promise.all([both('b', 'c'), both('d', 'e')]);
  expect(taken()).toBe(2);
  expect((await notes()).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
  await until('nothing is kept', () => taken() === 0);
});
