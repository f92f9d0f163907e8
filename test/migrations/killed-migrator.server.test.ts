import { EventEmitter, once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openDatabase } from '../../core/store/open-database.js';
import { Migrator } from '../../migrations/index.js';
import { MigrationLock } from '../../migrations/migration-lock.js';
import { dumpSchema } from '../support/dump-schema.js';
import { startProxy } from '../support/proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { open, QUIET } from './migrator-behaviour.js';

/** With the bundled modules: they are written to be copied. */
const ROOT = join(import.meta.dirname, '../..');
/** Long enough for a process that lives to say so on a busy machine. */
const LEASE_MS = 2000;
const CHANGES = /^(?!select|show|set|begin|commit|rollback|update `progress_manager_migrations_)/i;
const HISTORY = /^insert into `progress_manager_migrations` /;

test('a migrator that is killed after any of its statements leaves what the next one brings to the end', async () => {
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

test('who waits goes on in the place of a migrator that is dead, and not of one that lives', async () => {
  await using database = await createTestDatabase();
  await using first = await locked(database);
  await using second = await locked(database);
  const work = new EventEmitter();
  const begun = once(work, 'begun');
  const long = first.lock.whenFree(async () => {
    work.emit('begun');
    await once(work, 'end');
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
  await long;
});

test('of many who wait for a dead migrator one at a time goes on', async () => {
  await using database = await createTestDatabase();
  const waiting = await Promise.all(Array.from({ length: 5 }, () => locked(database)));
  try {
    await using left = await open(database, ROOT);
    await left.knex('progress_manager_migrations_lease').update({ holder: 'the dead' });
    await left.knex('progress_manager_migrations_lock').update({ is_locked: 1 });
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
  await using database = await createTestDatabase();
  await using silent = await locked(database);
  await using other = await locked(database);
  await silent.lock.whenFree(async () => {
    silent.proxy.freeze();
    await other.lock.whenFree(async () => undefined);
    silent.proxy.thaw();
    await expect
      .poll(
        () => {
          try {
            silent.lock.check();
            return 'holds it';
          } catch (error) {
            return (error as Error).message;
          }
        },
        { timeout: 30_000 },
      )
      .toMatch(/fell silent.*Start it again/);
  });
});

/** A migrator that dies after the first change after which none has died yet; whether there was one. */
async function killed({ url }: TestDatabase, killedAfter: Set<string>): Promise<boolean> {
  const proxy = await startProxy(url);
  const opened = await openDatabase({ url: proxy.url, pool: 2 });
  let death: PromiseLike<void> | undefined;
  opened.knex.client.on(
    'query-response',
    (_response: unknown, { sql, bindings }: { readonly sql: string; readonly bindings: readonly unknown[] }) => {
      const change = HISTORY.test(sql) ? `history of ${bindings.at(-1)}` : sql;
      if (death || !CHANGES.test(sql) || killedAfter.has(change)) return;
      killedAfter.add(change);
      death = proxy[Symbol.asyncDispose]();
    },
  );
  try {
    await new Migrator(opened.knex, ROOT, QUIET, { leaseMs: 100 }).latest();
  } catch (error) {
    if (!death) throw error;
  }
  await opened.close();
  await (death ?? proxy[Symbol.asyncDispose]());
  return death !== undefined;
}

async function locked({ url }: TestDatabase) {
  const proxy = await startProxy(url);
  const opened = await openDatabase({ url: proxy.url, pool: 3 });
  const lock = new MigrationLock(opened.knex, QUIET, { leaseMs: LEASE_MS });
  await lock.prepare();
  let cutting: Promise<void> | undefined;
  const cut = (): Promise<void> => {
    cutting ??= Promise.resolve(proxy[Symbol.asyncDispose]());
    return cutting;
  };
  return {
    ...{ proxy, lock, cut },
    [Symbol.asyncDispose]: async () => {
      await opened.close();
      await cut();
    },
  };
}
