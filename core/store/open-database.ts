import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import knex, { type Knex } from 'knex';
import { ConfigurationError } from '../contracts/errors.js';
import { Database, STATEMENT_MS } from './database.js';
import { type BoundNow, mysqlDialect, sqliteDialect } from './dialect.js';
import { Generations } from './generations.js';
import { readMysqlAddress } from './mysql-address.js';
import { MysqlClient } from './mysql-client.js';
import type { StatementSeam } from './statement-seam.js';

export interface DatabaseOptions {
  /** `sqlite:<path>`, `sqlite::memory:` or `mysql://user:password@host:port/database?ssl-mode=VERIFY_IDENTITY`. */
  readonly url: string;
  /** Connections at most, one of them kept for the beat; SQLite has always one. */
  readonly pool: number;
  /** Stands for the database's clock, in tests. */
  readonly boundNow?: BoundNow;
  /** Stands before each statement, in tests. */
  readonly seam?: StatementSeam;
}

/** Opens no connection yet; throws ConfigurationError for a URL or a package that cannot serve. */
export async function openDatabase({ url, pool, boundNow, seam }: DatabaseOptions): Promise<Database> {
  if (typeof url !== 'string') {
    const wanted = '"sqlite:<path>" or "mysql://user:password@host:port/database"';
    throw new ConfigurationError([`The database's address (databaseUrl) is missing. Give boot ${wanted}.`]);
  }
  if (url.startsWith('sqlite:')) return openSqlite(url.slice('sqlite:'.length), { boundNow, seam });
  return openMysql(url, pool, { boundNow, seam });
}

type TestOptions = Pick<DatabaseOptions, 'boundNow' | 'seam'>;

async function openSqlite(path: string, { boundNow, seam }: TestOptions): Promise<Database> {
  const client = await sqliteClient();
  if (path !== ':memory:') await mkdir(dirname(path), { recursive: true });
  const connection = knex({
    ...{ client, seam },
    log: QUIET,
    // What knex adds to an error must not hold values: a bind error would carry them onto the job's row.
    compileSqlOnError: false,
    connection: { filename: path },
    useNullAsDefault: true,
    pool: {
      min: 1,
      max: 1,
      afterCreate: (raw: { pragma(text: string): unknown }, done: (error: unknown, raw: unknown) => void) => {
        // WAL lets readers of other processes go on while one writes; NORMAL loses no commit to a killed process.
        for (const pragma of [
          'journal_mode = WAL',
          'synchronous = NORMAL',
          'busy_timeout = 5000',
          'foreign_keys = ON',
        ]) {
          raw.pragma(pragma);
        }
        done(undefined, raw);
      },
    },
  });
  return new Database(connection, sqliteDialect(boundNow));
}

async function sqliteClient(): Promise<typeof Knex.Client> {
  try {
    await import('better-sqlite3');
    // knex types a client as its bare base class, which has none of the methods that ours overrides.
    return (await import('./sqlite-client.js')).SqliteClient as unknown as typeof Knex.Client;
  } catch (cause) {
    const fault =
      'The embedded database needs the package better-sqlite3, which is not installed or was built for another Node version: run "npm install better-sqlite3", or set DATABASE_URL to a mysql:// address.';
    throw new ConfigurationError([fault], { cause });
  }
}

function openMysql(url: string, pool: number, { boundNow, seam }: TestOptions): Database {
  const address = readMysqlAddress(url);
  const generations = new Generations();
  const connect = (max: number) =>
    knex({
      // knex types a client as its bare base class, which has none of the methods that ours overrides.
      ...{ client: MysqlClient as unknown as typeof Knex.Client, seam },
      log: QUIET,
      compileSqlOnError: false,
      connection: {
        ...address,
        charset: 'utf8mb4',
        timezone: 'Z',
        dateStrings: true,
        supportBigNumbers: true,
        // The server has 16,382 for all of its connections.
        maxPreparedStatements: 200,
        connectTimeout: STATEMENT_MS,
        // A change of a large table says nothing for as long as it takes: routers on the way are not to forget it, ms.
        keepAliveInitialDelay: 30_000,
        // A hostile server could otherwise ask for files of this machine.
        flags: ['-LOCAL_FILES'],
      },
      acquireConnectionTimeout: STATEMENT_MS,
      pool: {
        min: 0,
        max,
        afterCreate: (raw: MysqlConnection, done: (error: unknown, raw: unknown) => void) => {
          generations.add(raw);
          prepareSession(raw, done);
        },
        validate: (raw: object) => generations.isCurrent(raw),
      },
    });
  return new Database(connect(Math.max(1, pool - 1)), mysqlDialect(boundNow), STATEMENT_MS, connect(1));
}

/** knex prints what it also throws, with the values of the statement: what is thrown is enough, and holds no secret. */
const QUIET = { debug: () => {}, warn: () => {}, error: () => {}, deprecate: () => {} };

function prepareSession(raw: MysqlConnection, done: (error: unknown, raw: unknown) => void): void {
  const next = (statements: readonly string[]) => (error: unknown) => {
    const [sql, ...rest] = statements;
    if (error) raw.destroy();
    if (error || sql === undefined) done(error, raw);
    else raw.query({ sql, timeout: STATEMENT_MS }, next(rest));
  };
  next([ISOLATION, SESSION])(undefined);
}

interface MysqlConnection {
  destroy(): void;
  query(statement: { readonly sql: string; readonly timeout: number }, done: (error: unknown) => void): void;
}

const ISOLATION = 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED';
/** Strict, so that nothing is cut silently; UTC; and a lock is waited for less long than the shortest deadline, and then again (`retryTransient`). A
 * connection that fell silent in the middle of a transaction holds its rows no longer than this. */
const SESSION = `SET time_zone = '+00:00', innodb_lock_wait_timeout = 1, wait_timeout = 600,
  /*M!100300 idle_transaction_timeout = 30, */
  sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'`;
