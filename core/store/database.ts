import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import knex, { type Knex } from 'knex';
import { ConfigurationError } from '../contracts/errors.js';
import { type BoundNow, type Dialect, mysqlDialect, sqliteDialect } from './dialect.js';
import { MysqlClient } from './mysql-client.js';
import { retryTransient } from './transient.js';

export type Binding = string | number | bigint | boolean | null | Date | Buffer;

export interface DatabaseOptions {
  /** `sqlite:<path>`, `sqlite::memory:` or `mysql://user:password@host:port/database`. */
  readonly url: string;
  /** Connections at most; SQLite has always one. */
  readonly pool: number;
  /** Stands for the database's clock, in tests. */
  readonly boundNow?: BoundNow;
}

/** The connection to the application's database, with the two calls the store is written in. */
export class Database {
  constructor(
    readonly knex: Knex,
    readonly dialect: Dialect,
  ) {}

  /** Opens no connection yet; throws ConfigurationError for a URL or a package that cannot serve. */
  static async open({ url, pool, boundNow }: DatabaseOptions): Promise<Database> {
    return url.startsWith('sqlite:')
      ? openSqlite(url.slice('sqlite:'.length), boundNow)
      : openMysql(url, pool, boundNow);
  }

  /** Rows of a reading statement. */
  async rows<Row>(sql: string, bindings: readonly Binding[], on: Knex = this.knex): Promise<Row[]> {
    const answer = await on.raw(sql, checked(bindings) as Knex.RawBinding[]);
    return this.dialect.name === 'mysql' ? answer[0] : answer;
  }

  /** Runs a writing statement. Returns how many rows matched its WHERE, whether or not they changed. */
  async change(sql: string, bindings: readonly Binding[], on: Knex = this.knex): Promise<number> {
    const answer = await on.raw(sql, checked(bindings) as Knex.RawBinding[]);
    return this.dialect.name === 'mysql' ? answer[0].affectedRows : answer.changes;
  }

  /** As `change`, repeated after deadlocks and lock time-outs: for single statements, which they undo as a whole. */
  changeAgain(sql: string, bindings: readonly Binding[]): Promise<number> {
    return retryTransient(() => this.change(sql, bindings));
  }

  close(): Promise<void> {
    return this.knex.destroy();
  }
}

/** Objects and arrays would be expanded into SQL by the driver, NaN becomes a column name: neither passes here. */
function checked(bindings: readonly Binding[]): Binding[] {
  for (const value of bindings) {
    const fits =
      value === null ||
      ['string', 'bigint', 'boolean'].includes(typeof value) ||
      (typeof value === 'number' && Number.isFinite(value)) ||
      Buffer.isBuffer(value) ||
      (value instanceof Date && !Number.isNaN(value.getTime()));
    if (!fits) throw new TypeError(`A ${typeof value} cannot be bound to a statement.`);
  }
  return [...bindings];
}

async function openSqlite(path: string, boundNow?: BoundNow): Promise<Database> {
  const client = await sqliteClient();
  if (path !== ':memory:') await mkdir(dirname(path), { recursive: true });
  const connection = knex({
    client,
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

function openMysql(url: string, pool: number, boundNow?: BoundNow): Database {
  const address = parseMysqlUrl(url);
  const connection = knex({
    // knex types a client as its bare base class, which has none of the methods that ours overrides.
    client: MysqlClient as unknown as typeof Knex.Client,
    log: QUIET,
    compileSqlOnError: false,
    connection: {
      ...address,
      charset: 'utf8mb4',
      timezone: 'Z',
      dateStrings: true,
      supportBigNumbers: true,
      connectTimeout: 10_000,
      // A hostile server could otherwise ask for files of this machine.
      flags: ['-LOCAL_FILES'],
    },
    acquireConnectionTimeout: 10_000,
    pool: {
      min: 0,
      max: pool,
      afterCreate: (raw: MysqlConnection, done: (error: unknown, raw: unknown) => void) =>
        raw.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED', (failed) =>
          failed ? done(failed, raw) : raw.query(SESSION, (error) => done(error, raw)),
        ),
    },
  });
  return new Database(connection, mysqlDialect(boundNow));
}

/** knex prints what it also throws, with the values of the statement: what is thrown is enough, and holds no secret. */
const QUIET = { debug: () => {}, warn: () => {}, error: () => {}, deprecate: () => {} };

interface MysqlConnection {
  query(sql: string, done: (error: unknown) => void): void;
}

/** Strict, so that nothing is cut silently; UTC; and a lock is waited for no longer than a slice can afford. */
const SESSION = `SET time_zone = '+00:00', innodb_lock_wait_timeout = 5,
  sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'`;

function parseMysqlUrl(url: string): { host: string; port: number; user: string; password: string; database: string } {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const database = parsed ? decodeURIComponent(parsed.pathname.slice(1)) : '';
  if (!parsed || !['mysql:', 'mariadb:'].includes(parsed.protocol) || !parsed.hostname || !database) {
    // The address itself is not repeated: it may hold a password.
    throw new ConfigurationError(['DATABASE_URL must be sqlite:<path> or mysql://user:password@host:3306/database.']);
  }
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: Number(parsed.port || 3306),
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    database,
  };
}
