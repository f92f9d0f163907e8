import { EventEmitter, once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openDatabase } from '../../core/store/open-database.js';
import { Migrator } from '../../migrations/index.js';
import { MigrationLock } from '../../migrations/migration-lock.js';
import { dumpSchema } from '../support/dump-schema.js';
import { startProxy } from '../support/proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { makeRoot, open, QUIET } from './migrator-behaviour.js';

/** With the bundled modules: they are written to be copied. */
const ROOT = join(import.meta.dirname, '../..');
/** Long enough for a process that lives to say so on a busy machine. */
const LEASE_MS = 2000;
const CHANGES = /^(?!select|show|set|begin|commit|rollback)/i;
const FLAG = 'progress_manager_migrations_lock';
const HISTORY = /^insert into `progress_manager_migrations` /;

test('a migrator that is killed after anything it changes leaves what the next one brings to the end', async () => {
  await using database = await createTestDatabase();
  const killedAfter = new Set<string>();
  while (await killed(database, killedAfter));
  expect(killedAfter.size).toBeGreaterThan(50);
  await using left = await open(database, ROOT);

  await using untouched = await createTestDatabase();
  await using whole = await open(untouched, ROOT);
  const names = await whole.migrator.latest();
  expect(await left.knex('progress_manager_migrations').orderBy('id').pluck('name')).toEqual(names);
  expect(await dumpSchema(left.knex)).toBe(await dumpSchema(whole.knex));
  // A third of a second for each statement, and slow machines take longer.
}, 240_000);

test('who waits goes on in the place of a migrator that is dead, and not of one that lives with one connection', async () => {
  await using database = await createTestDatabase();
  await using first = await locked(database);
  await using second = await locked(database);
  const work = new EventEmitter();
  const begun = once(work, 'begun');
  const long = first.lock.whenFree(async () => {
    // As knex does.
    await first.knex.transaction(async () => {
      work.emit('begun');
      await once(work, 'end');
    });
  });
  await begun;
  let began = 0;
  const waits = second.lock.whenFree(async () => ++began);
  await sleep(1.5 * LEASE_MS);
  expect(began).toBe(0);
  // It lives, but its word does not reach the database any more.
  await first.cut();
  expect(await waits).toBe(1);
  work.emit('end');
  await expect(long).rejects.toThrow();
});

test('of many who wait for a dead migrator one at a time goes on', async () => {
  await using database = await createTestDatabase();
  const waiting = await Promise.all(Array.from({ length: 5 }, () => locked(database)));
  try {
    await using left = await open(database, ROOT);
    await left.knex('progress_manager_migrations_lease').update({ holder: 'the dead' });
    await left.knex(FLAG).update({ is_locked: 1 });
    let atWork = 0;
    const together: number[] = [];
    const work = async () => {
      together.push(++atWork);
      await sleep(500);
      atWork--;
    };
    await Promise.all(waiting.map(({ lock }) => lock.whenFree(work)));
    expect(together).toEqual([1, 1, 1, 1, 1]);
  } finally {
    await Promise.all(waiting.map((each) => each[Symbol.asyncDispose]()));
  }
});

test('a migrator that others took for dead does not go on', async () => {
  await using root = await makeRoot();
  const takenOver = `export const up = async (knex: any) => {
    await knex('progress_manager_migrations_lease').update({ holder: 'another' });
    await knex.schema.createTable('place', (table: any) => table.increments());
  };
  export const down = async () => undefined;`;
  await writeFile(join(root.path, 'modules/import/migrations/0001-place.ts'), takenOver);
  await using database = await createTestDatabase();
  await using silent = await open(database, root.path);
  await expect(silent.migrator.latest()).rejects.toThrow(/does not hold the lock.*Start it again/);
  expect(await silent.knex.schema.hasTable('place')).toBe(true);
  expect(await silent.knex.schema.hasTable('other')).toBe(false);
  // It is another's now.
  expect(await silent.knex('progress_manager_migrations_lease').pluck('holder')).toEqual(['another']);
});

test('what knex could not free after a failure is free for the next one', async () => {
  await using database = await createTestDatabase();
  await using first = await locked(database);
  await using left = await open(database, ROOT);
  const failing = first.lock.whenFree(async () => {
    await left.knex(FLAG).update({ is_locked: 1 });
    throw new Error('The connection is gone.');
  });
  await expect(failing).rejects.toThrow('The connection is gone.');
  await using second = await locked(database, 1000);
  expect(await second.lock.whenFree(async () => 'begun')).toBe('begun');
});

test('who waits for an older version, which has the flag alone, takes nothing that its own death would leave', async () => {
  await using database = await createTestDatabase();
  await using waiting = await locked(database, 600);
  await using left = await open(database, ROOT);
  await left.knex(FLAG).update({ is_locked: 1 });
  await expect(waiting.lock.whenFree(async () => 'never')).rejects.toThrow(/migrate --unlock/);
  const lease = await left.knex('progress_manager_migrations_lease').first('holder', 'beats');
  expect(lease).toEqual({ holder: null, beats: 0 });
});

test('a dead migrator whose transaction the server still holds is waited for', async () => {
  await using database = await createTestDatabase();
  await using next = await locked(database);
  await using left = await open(database, ROOT);
  await left.knex('progress_manager_migrations_lease').update({ holder: 'the dead' });
  const held = await left.knex.transaction();
  await held(FLAG).update({ is_locked: 1 });
  let began = 0;
  await using arrives = await locked(database);
  const waits = [next, arrives].map(({ lock }) => lock.whenFree(async () => ++began));
  // Taken for dead after the lease, and then its row is waited for.
  await sleep(2 * LEASE_MS);
  expect(began).toBe(0);
  await held.rollback();
  expect(await Promise.all(waits)).toHaveLength(2);
});

/** A migrator that dies after the first change after which none has died yet; whether there was one. */
async function killed({ url }: TestDatabase, killedAfter: Set<string>): Promise<boolean> {
  const proxy = await startProxy(url);
  const opened = await openDatabase({ url: proxy.url, pool: 2 });
  let death: PromiseLike<void> | undefined;
  const hear = (
    _response: unknown,
    { sql, bindings }: { readonly sql: string; readonly bindings: readonly unknown[] },
  ) => {
    const change = HISTORY.test(sql) ? `history of ${bindings.at(-1)}` : sql;
    if (death || !CHANGES.test(sql) || killedAfter.has(change)) return;
    killedAfter.add(change);
    death = proxy[Symbol.asyncDispose]();
  };
  for (const { knex } of [opened, opened.reserved]) knex.client.on('query-response', hear);
  try {
    await new Migrator(opened, ROOT, QUIET, { leaseMs: 100 }).latest();
  } catch (error) {
    if (!death) throw error;
  }
  await opened.close();
  await (death ?? proxy[Symbol.asyncDispose]());
  return death !== undefined;
}

/** With one connection for its work, and the one that is kept for beats. */
async function locked({ url }: TestDatabase, waitMs = 60_000) {
  const proxy = await startProxy(url);
  const opened = await openDatabase({ url: proxy.url, pool: 2 });
  const lock = new MigrationLock(opened, QUIET, { waitMs, leaseMs: LEASE_MS });
  await lock.prepare();
  let cutting: Promise<void> | undefined;
  const cut = (): Promise<void> => {
    cutting ??= Promise.resolve(proxy[Symbol.asyncDispose]());
    return cutting;
  };
  return {
    ...{ lock, cut, knex: opened.knex },
    [Symbol.asyncDispose]: async () => {
      await opened.close();
      await cut();
    },
  };
}
