import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import knex, { type Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Database } from '../../core/store/database.js';
import { mysqlDialect } from '../../core/store/dialect.js';
import { MysqlClient } from '../../core/store/mysql-client.js';
import { openDatabase } from '../../core/store/open-database.js';
import { ServerProbes } from '../../core/store/server-probes.js';
import { examine } from '../../core/upkeep/doctor/examine.js';
import { examineServer } from '../../core/upkeep/doctor/examine-server.js';
import { Migrator } from '../../migrations/index.js';
import { TEST_MODULES } from '../support/boot-for-tests.js';
import { startProxy } from '../support/proxy.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';
import { doctorSuite } from './doctor-suite.js';

const silent = () => undefined;
const QUIET = { debug: silent, info: silent, warn: silent, error: silent, deprecate: silent };

let shared: TestDatabase;
beforeAll(async () => {
  shared = await createTestDatabase();
});
afterAll(() => shared[Symbol.asyncDispose]());

doctorSuite(() => ({ databaseUrl: shared.url }));

describe('doctor, of a server', () => {
  test('finds an empty database without its tables, and one that was migrated sound', async () => {
    await using place = await createTestDatabase();
    expect(await wrong(place.url)).toEqual({ migrations: expect.stringContaining('0001-progress-manager') });
    await migrate(place.url);
    expect(await wrong(place.url)).toEqual({});
  });

  test('looks at everything that the engine rests on', async () => {
    await using place = await migrated();
    const names = (await examined(place.url)).map(({ name }) => name);
    for (const name of ['version', 'binary log', 'isolation', 'sql mode', 'time zone', 'packet size', 'matched rows']) {
      expect(names).toContain(name);
    }
    for (const name of ['assignments', 'writable', 'table engine', 'character set', 'connections', 'clock']) {
      expect(names).toContain(name);
    }
  });

  test('leaves nothing behind', async () => {
    await using place = await migrated();
    await wrong(place.url);
    await using session = await openSession(place.url);
    expect(await session.database.rows('SELECT * FROM progress_upload', [])).toEqual([]);
  });

  test('finds one migration that is missing', async () => {
    await using place = await migrated();
    await using session = await openSession(place.url);
    await session.database.change("DELETE FROM progress_manager_migrations WHERE name = '0003-pushed-data'", []);
    expect(await wrong(place.url)).toEqual({ migrations: expect.stringContaining('(0003-pushed-data)') });
  });

  test('finds tables that cannot roll back, and columns that cannot hold every letter', async () => {
    await using place = await migrated();
    await using session = await openSession(place.url);
    await session.database.change('ALTER TABLE progress_session ENGINE = MyISAM', []);
    await session.database.change(
      'ALTER TABLE progress_manager MODIFY name VARCHAR(255) CHARACTER SET latin1 NOT NULL',
      [],
    );
    expect(await wrong(place.url)).toEqual({
      'table engine': expect.stringContaining('progress_session is a MyISAM table'),
      'character set': expect.stringContaining('name is latin1'),
    });
  });

  test('finds sessions from which our settings were taken', async () => {
    await using place = await migrated();
    await using session = await openSession(place.url, {
      settings: ["SET sql_mode = '', time_zone = '+02:00'", 'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ'],
      flags: ['-FOUND_ROWS'],
    });
    expect(Object.keys(await wrongOf(session.database)).sort()).toEqual([
      'isolation',
      'matched rows',
      'sql mode',
      'time zone',
    ]);
  });

  test('finds assignments that are made all at once', async () => {
    await using place = await migrated();
    await using session = await openSession(place.url);
    if (!(await isMariaDb(session.database))) return;
    await using other = await openSession(place.url, {
      settings: [...OUR_SETTINGS, "SET sql_mode = 'STRICT_ALL_TABLES,SIMULTANEOUS_ASSIGNMENT'"],
    });
    expect(Object.keys(await wrongOf(other.database)).sort()).toEqual(['assignments', 'sql mode']);
  });

  test('finds a server, or a session, that takes no writes', async () => {
    await using place = await migrated();
    await using session = await openSession(place.url, {
      settings: [...OUR_SETTINGS, 'SET SESSION TRANSACTION READ ONLY'],
    });
    expect(await wrongOf(session.database)).toEqual({ writable: expect.stringContaining('takes no writes') });
  });

  test('finds a user who may not write, and does not hold against them what they may not see', async () => {
    await using place = await migrated();
    await using user = await createReader(place.url);
    expect(await wrong(user.url)).toEqual({ writable: expect.stringContaining('may not write') });
    const findings = await examined(user.url);
    expect(findings.find(({ name }) => name === 'open transactions')).toMatchObject({
      outcome: 'ok',
      found: expect.stringContaining('could not be looked at'),
    });
    expect(JSON.stringify(findings)).not.toContain(user.password);
  });

  test('knows for how long a transaction has been open, whatever the time zone of the server', async () => {
    await using place = await migrated();
    await using session = await openSession(place.url, { settings: OUR_SETTINGS });
    const { database } = session;
    const forgotten = await database.knex.transaction();
    try {
      await forgotten.raw('SELECT * FROM progress_manager FOR UPDATE');
      const [own] = await database.rows<{ id: number }>('SELECT CONNECTION_ID() AS id', [], forgotten);
      const ours = async () =>
        (await new ServerProbes(database).transactionsOlderThan(0)).find(({ connection }) => connection === own?.id);
      const open = await until('a second to have passed', ours);
      expect(open.seconds).toBeLessThan(30);
      const long = await new ServerProbes(database).transactionsOlderThan(60);
      expect(long.map(({ connection }) => connection)).not.toContain(own?.id);
    } finally {
      await forgotten.rollback();
    }
  });

  test('tells in time that a server is away, or silent, and never the password', async () => {
    await using place = await migrated();
    await using proxy = await startProxy(place.url);
    proxy.freeze();
    for (const url of ['mysql://root:not-to-be-told@127.0.0.1:1/app', withPassword(proxy.url)]) {
      const askedAt = performance.now();
      const findings = await examined(url);
      expect(performance.now() - askedAt).toBeLessThan(6500);
      expect(findings.map(({ name }) => name)).toContain('files folder');
      expect(findings.find(({ name }) => name === 'database')).toMatchObject({ outcome: 'failure' });
      expect(JSON.stringify(findings)).not.toContain('not-to-be-told');
    }
  });
});

async function migrated(): Promise<TestDatabase> {
  const place = await createTestDatabase();
  await migrate(place.url);
  return place;
}

async function migrate(url: string): Promise<void> {
  const database = await openDatabase({ url, pool: 2 });
  await new Migrator(database, TEST_MODULES, QUIET).latest();
  await database.close();
}

function examined(url: string) {
  const tables = (own: Database) => new Migrator(own, TEST_MODULES, QUIET).standing();
  return examine({ root: TEST_MODULES, filesDir: tmpdir(), database: { url, pool: 10, tables } });
}

/** What is not well, by name. How long others' transactions last, and how full the disk is, is not the test's. */
async function wrong(url: string): Promise<Readonly<Record<string, string>>> {
  return byName(await examined(url));
}

/** The same, in these sessions. */
async function wrongOf(database: Database): Promise<Readonly<Record<string, string>>> {
  return byName(await examineServer(database, 10, true));
}

function byName(findings: Awaited<ReturnType<typeof examined>>): Readonly<Record<string, string>> {
  const wanted = findings.filter(
    ({ name, outcome }) => outcome !== 'ok' && !name.endsWith(' disk') && name !== 'open transactions',
  );
  return Object.fromEntries(wanted.map(({ name, found }) => [name, found]));
}

const OUR_SETTINGS = [
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  "SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES'",
];

/** Sessions as a proxy might hand them on: with these settings, and no others. */
async function openSession(
  url: string,
  { settings = [], flags = [] }: { readonly settings?: readonly string[]; readonly flags?: readonly string[] } = {},
) {
  const { hostname, port, username, password, pathname } = new URL(url);
  const own = knex({
    client: MysqlClient as unknown as typeof Knex.Client,
    log: QUIET,
    connection: {
      ...{ host: hostname, port: Number(port), user: username, password: decodeURIComponent(password) },
      ...{ database: pathname.slice(1), charset: 'utf8mb4', dateStrings: true, flags: [...flags] },
    },
    pool: {
      min: 0,
      max: 4,
      afterCreate: (
        raw: { query(sql: string, done: (error: unknown) => void): void },
        done: (error: unknown, raw: unknown) => void,
      ) => {
        const next = ([sql, ...rest]: readonly string[]) =>
          sql === undefined ? done(undefined, raw) : raw.query(sql, (error) => (error ? done(error, raw) : next(rest)));
        next(settings);
      },
    },
  });
  const database = new Database(own, mysqlDialect());
  return { database, [Symbol.asyncDispose]: () => database.close() };
}

async function isMariaDb(database: Database): Promise<boolean> {
  const [row] = await database.rows<{ version: string }>('SELECT VERSION() AS version', []);
  return String(row?.version).includes('MariaDB');
}

/** A user of the server who may read this database and nothing else. */
async function createReader(url: string) {
  const user = `pm_${randomBytes(6).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const own = new URL(url);
  const session = await openSession(url);
  await session.database.change(`CREATE USER '${user}'@'%' IDENTIFIED BY '${password}'`, []);
  await session.database.change(`GRANT SELECT ON ${own.pathname.slice(1)}.* TO '${user}'@'%'`, []);
  Object.assign(own, { username: user, password });
  return {
    url: own.href,
    password,
    [Symbol.asyncDispose]: async () => {
      await session.database.change(`DROP USER '${user}'@'%'`, []);
      await session.database.close();
    },
  };
}

function withPassword(url: string): string {
  return Object.assign(new URL(url), { password: 'not-to-be-told' }).href;
}
