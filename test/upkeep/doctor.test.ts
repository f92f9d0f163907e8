import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import type { Database } from '../../core/store/database.js';
import { examine, type Patient } from '../../core/upkeep/doctor/examine.js';
import { Migrator } from '../../migrations/index.js';
import { bootForTests, TEST_MODULES } from '../support/boot-for-tests.js';
import { doctorSuite } from './doctor-suite.js';

const BROKEN = fileURLToPath(new URL('../fixtures/broken/many-faults', import.meta.url));
const silent = () => undefined;
const QUIET = { debug: silent, info: silent, warn: silent, error: silent };

doctorSuite(() => ({}));

describe('doctor, of an embedded database', () => {
  test('finds a fresh one sound, and says that it was never migrated', async () => {
    await using place = await emptyFolder();
    expect(await wrong(place)).toEqual({ database: expect.stringContaining('There is no file') });
    await place.write('');
    expect(await wrong(place)).toEqual({ migrations: expect.stringContaining('0001-progress-manager') });
    await place.migrate();
    expect(await wrong(place)).toEqual({});
  });

  test('makes neither the file nor the folder of files', async () => {
    await using place = await emptyFolder();
    await wrong(place);
    expect(existsSync(place.path)).toBe(false);
    expect(existsSync(place.patient.filesDir)).toBe(false);
  });

  test('finds one migration that is missing', async () => {
    await using place = await emptyFolder();
    await place.migrate();
    place.sql("DELETE FROM progress_manager_migrations WHERE name = '0003-pushed-data'");
    expect(await wrong(place)).toEqual({ migrations: expect.stringContaining('(0003-pushed-data)') });
  });

  test('says of what is no database that it is none', async () => {
    await using place = await emptyFolder();
    await place.write('This is a letter, and not a database. '.repeat(100));
    expect(await wrong(place)).toEqual({ database: expect.stringContaining('file is not a database') });
  });

  test('finds a damaged file', async () => {
    await using place = await emptyFolder();
    await place.migrate();
    // Without its check a row goes by the constraint; quick_check does not.
    place.sql(
      `PRAGMA ignore_check_constraints = ON; INSERT INTO progress_manager (id, name, type, data, progress, created_at, modified_at)
       VALUES ('a', 'A', 'scripted', '{}', 900, '', '')`,
    );
    expect(await wrong(place)).toMatchObject({ integrity: expect.stringContaining('damaged') });
  });

  test('says that another program keeps it locked', async () => {
    await using place = await emptyFolder();
    await place.migrate();
    const other = new Sqlite(place.path);
    other.exec('BEGIN IMMEDIATE');
    expect(await wrong(place)).toEqual({ writable: expect.stringContaining('database is locked') });
    other.close();
  });
});

describe('doctor, of everything else', () => {
  test('tells faults of modules, of the database and of the folder of files, all at once', async () => {
    await using place = await emptyFolder();
    const findings = await examine({
      ...place.patient,
      root: BROKEN,
      filesDir: '/dev/null/files',
      database: { ...place.patient.database, url: 'mysql://root:not-to-be-told@127.0.0.1:1/app' },
    });
    const failures = findings.filter(({ outcome }) => outcome === 'failure');
    expect(failures.filter(({ name }) => name === 'modules').length).toBeGreaterThan(1);
    expect(failures.map(({ name }) => name)).toEqual(expect.arrayContaining(['modules', 'database', 'files folder']));
    expect(failures.filter(({ isConfiguration }) => !isConfiguration).map(({ name }) => name)).toEqual(['database']);
    expect(JSON.stringify(findings)).toMatch(/ECONNREFUSED.*Nothing listens there/);
    expect(JSON.stringify(findings)).not.toContain('not-to-be-told');
  });

  test('does without a database whose address is not known', async () => {
    await using place = await emptyFolder();
    const findings = await examine({ ...place.patient, database: undefined });
    expect(findings.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['modules', 'ok'],
      ['files folder', 'ok'],
      ['files disk', expect.any(String)],
    ]);
  });
});

/** A place for a database file of its own. */
async function emptyFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'pm-doctor-'));
  const path = join(folder, 'jobs.sqlite');
  const tables = (opened: Database) => new Migrator(opened, TEST_MODULES, QUIET).standing();
  const database = { url: `sqlite:${path}`, pool: 10, tables };
  return {
    path,
    patient: { root: TEST_MODULES, filesDir: join(folder, 'files'), database } satisfies Patient,
    write: (text: string) => writeFile(path, text),
    async migrate() {
      await using _booted = await bootForTests({ databaseUrl: database.url });
    },
    sql(statements: string) {
      using file = disposable(new Sqlite(path));
      file.database.exec(statements);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function disposable(database: Sqlite.Database) {
  return { database, [Symbol.dispose]: () => void database.close() };
}

/** What is not well, by name; the room on this machine's disk is not the test's. */
async function wrong({ patient }: Awaited<ReturnType<typeof emptyFolder>>) {
  const findings = (await examine(patient)).filter(({ name, outcome }) => outcome !== 'ok' && !name.endsWith(' disk'));
  return Object.fromEntries(findings.map(({ name, found }) => [name, found]));
}
