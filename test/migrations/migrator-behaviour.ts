import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Database } from '../../core/store/database.js';
import { openDatabase } from '../../core/store/open-database.js';
import { Migrator } from '../../migrations/index.js';
import { MigrationLock } from '../../migrations/migration-lock.js';
import { dumpSchema } from '../support/dump-schema.js';

export const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
export const CORE = [
  '0001-progress-manager',
  '0002-access',
  '0003-pushed-data',
  '0004-isolation',
  '0005-log-and-items',
  '0006-schedules',
  '0007-pace',
  '0008-secrets-and-versions',
  '0009-limits',
  '0010-chains',
  '0011-children',
  '0012-places',
  '0013-schedule-of-job',
  '0014-groups',
  '0015-left-slices',
  '0016-begun',
];

/** An empty database that several processes could open; disposed of after the test. */
export interface EmptyDatabase extends AsyncDisposable {
  readonly url: string;
}

/** What every kind of database must show. */
export function describeMigrator(makeDatabase: () => Promise<EmptyDatabase>): void {
  test('core comes first, then modules by name, each once, under names without extension', async () => {
    await using root = await makeRoot();
    await using database = await makeDatabase();
    await using first = await open(database, root.path);
    expect(await first.migrator.pending()).toEqual([...CORE, 'import/0001-place', 'import-more/0001-other']);
    expect(await first.migrator.latest()).toEqual([...CORE, 'import/0001-place', 'import-more/0001-other']);
    expect(await first.migrator.pending()).toEqual([]);
    expect(await first.migrator.latest()).toEqual([]);
    expect(await first.knex.schema.hasTable('place')).toBe(true);
  });

  test('asking what is pending changes nothing', async () => {
    await using root = await makeRoot();
    await using database = await makeDatabase();
    await using asked = await open(database, root.path);
    await asked.migrator.pending();
    expect((await dumpSchema(asked.knex)).trim()).toBe('');
  });

  test('a module that was taken out does not keep others from migrating', async () => {
    await using root = await makeRoot();
    await using database = await makeDatabase();
    await using before = await open(database, root.path);
    await before.migrator.latest();
    await rm(join(root.path, 'modules/import-more'), { recursive: true });
    expect(await before.migrator.latest()).toEqual([]);
  });

  test('tables to which a newer version only added are worked with', async () => {
    await using root = await makeRoot();
    await using database = await makeDatabase();
    await using opened = await open(database, root.path);
    await opened.migrator.latest();
    await opened.knex('progress_manager_migrations').insert({ name: '9998-more', batch: 9 });
    await writeMigration(root.path, 'import/migrations/0002-later.ts', 'later');
    expect(await opened.migrator.latest()).toEqual(['import/0002-later']);
  });

  test('tables from which a newer version took something away are refused, and left as they are', async () => {
    await using root = await makeRoot();
    await using database = await makeDatabase();
    await using opened = await open(database, root.path);
    await opened.migrator.latest();
    await opened.knex('progress_manager_migrations').insert({ name: '9999-lean-contract', batch: 9 });
    await writeMigration(root.path, 'import/migrations/0002-later.ts', 'later');
    await expect(opened.migrator.latest()).rejects.toThrow(/newer version.*9999-lean-contract.*Install the newest/);
    expect(await opened.knex.schema.hasTable('later')).toBe(false);
  });

  test('a lock that is freed in time is waited for', async () => {
    await using root = await makeRoot();
    await using database = await makeDatabase();
    await using opened = await open(database, root.path);
    await lockedByAnother(opened.database);
    let isOver = false;
    const migrating = opened.migrator.latest().finally(() => {
      isOver = true;
    });
    await sleep(600);
    expect(isOver).toBe(false);
    await opened.migrator.unlock();
    expect(await migrating).toHaveLength(CORE.length + 2);
  });

  test('who waited for a newer version that took something away changes nothing any more', async () => {
    await using root = await makeRoot();
    await using database = await makeDatabase();
    await using opened = await open(database, root.path);
    await opened.migrator.latest();
    await writeMigration(root.path, 'import/migrations/0002-later.ts', 'later');
    await lockedByAnother(opened.database);
    const refused = expect(opened.migrator.latest()).rejects.toThrow(/newer version.*9999-lean-contract/);
    await sleep(600);
    await opened.knex('progress_manager_migrations').insert({ name: '9999-lean-contract', batch: 9 });
    await opened.migrator.unlock();
    await refused;
    expect(await opened.knex.schema.hasTable('later')).toBe(false);
  });

  test('a lock that a killed migrator of an older version left is told with the command that frees it, and the command frees it', async () => {
    await using root = await makeRoot();
    await using database = await makeDatabase();
    await using opened = await open(database, root.path);
    await lockedByAnother(opened.database);
    const impatient = new MigrationLock(opened.database, QUIET, { waitMs: 300 });
    await expect(impatient.whenFree(async () => 'never')).rejects.toThrow(/progress-manager migrate --unlock/);
    await opened.migrator.unlock();
    expect(await opened.migrator.latest()).toHaveLength(CORE.length + 2);
  });
}

/** A migrator on its own connection, as another process would have one. */
export async function open({ url }: { readonly url: string }, root: string) {
  const database = await openDatabase({ url, pool: 2 });
  return {
    database,
    knex: database.knex,
    migrator: new Migrator(database, root, QUIET),
    [Symbol.asyncDispose]: () => database.close(),
  };
}

/** A root with two modules, each with a migration. */
export async function makeRoot() {
  const path = await mkdtemp(join(tmpdir(), 'progress-manager-root-'));
  await writeMigration(path, 'import-more/migrations/0001-other.ts', 'other');
  await writeMigration(path, 'import/migrations/0001-place.ts', 'place');
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

async function writeMigration(root: string, file: string, table: string): Promise<void> {
  const path = join(root, 'modules', file);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(
    path,
    `export const up = (knex: any) => knex.schema.createTable('${table}', (t: any) => t.increments());
     export const down = (knex: any) => knex.schema.dropTable('${table}');`,
  );
}

async function lockedByAnother(database: Database): Promise<void> {
  await new MigrationLock(database, QUIET).prepare();
  await database.knex('progress_manager_migrations_lock').update({ is_locked: 1 });
}
