import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { Dialect } from './dialect.js';
import { fromDatabase, isLockWait, isTransient, retryTransient } from './transient.js';

export type Binding = string | number | bigint | boolean | null | Date | Buffer;

/**
 * A connection must come within this, ms, and then an answer to a statement of the store, where nothing shorter is
 * said. SQLite answers in-process.
 */
export const STATEMENT_MS = 5000;

/** How long `close` waits for statements that are under way, ms. */
const CLOSE_MS = 500;

/** SQL, and its bindings in the order of the text. */
export interface Statement {
  readonly sql: string;
  readonly bindings: readonly Binding[];
}

/** Statements of the store, sent on one connection. */
export interface Statements {
  /** Rows of a reading statement. */
  rows<Row>(sql: string, bindings: readonly Binding[]): Promise<Row[]>;
  /** How many rows a writing statement matched. */
  change(sql: string, bindings: readonly Binding[]): Promise<number>;
}

export const UNLESS_LOCKED = (error: unknown) => isTransient(error) && !isLockWait(error);

/** The connection to the application's database, with the calls the store is written in. Each has a deadline. */
export class Database implements Statements {
  constructor(
    readonly knex: Knex,
    readonly dialect: Dialect,
    private readonly deadlineMs = STATEMENT_MS,
    private readonly reservedKnex: Knex = knex,
  ) {}

  /** The same database, for statements that must answer sooner or may answer later, ms. */
  within(deadlineMs: number): Database {
    return new Database(this.knex, this.dialect, deadlineMs, this.reservedKnex);
  }

  /** The same database on the connection that is kept for the beat: busy jobs cannot take it. SQLite has only one. */
  get reserved(): Database {
    return new Database(this.reservedKnex, this.dialect, this.deadlineMs);
  }

  /** Rows of a reading statement. `isPrepared`: as for `change`. */
  async rows<Row>(
    sql: string,
    bindings: readonly Binding[],
    on: Knex = this.knex,
    { isPrepared = false } = {},
  ): Promise<Row[]> {
    const answer = await this.#send(sql, bindings, on, isPrepared);
    return this.dialect.name === 'mysql' ? answer[0] : answer;
  }

  /**
   * Runs a writing statement. Returns how many rows matched its WHERE, whether or not they changed. `isPrepared`: the
   * server keeps its plan, for a text that is one of few and sent all the time.
   */
  async change(
    sql: string,
    bindings: readonly Binding[],
    on: Knex = this.knex,
    { isPrepared = false } = {},
  ): Promise<number> {
    const answer = await this.#send(sql, bindings, on, isPrepared);
    return this.dialect.name === 'mysql' ? answer[0].affectedRows : answer.changes;
  }

  /** The same calls, prepared. */
  get prepared(): Statements {
    return {
      rows: (sql, bindings) => this.rows(sql, bindings, this.knex, { isPrepared: true }),
      change: (sql, bindings) => this.change(sql, bindings, this.knex, { isPrepared: true }),
    };
  }

  /** The same calls on a transaction that was begun here. */
  on(transaction: Knex): Statements {
    return {
      rows: (sql, bindings) => this.rows(sql, bindings, transaction),
      change: (sql, bindings) => this.change(sql, bindings, transaction),
    };
  }

  /** Was it begun here, and not on another knex of the application's? */
  isOwn({ client }: Knex): boolean {
    return client.config === this.knex.client.config;
  }

  /** knex's builder over a table or a subquery, for statements whose shape depends on what was asked. */
  from(source: string | Knex.QueryBuilder): Knex.QueryBuilder {
    return this.knex.from(source as string).options({ deadlineMs: this.deadlineMs });
  }

  /**
   * As `change`, repeated after deadlocks and lock time-outs: for single statements, which they undo as a whole.
   * `UNLESS_LOCKED` does not wait again for a row that somebody else has locked: for those who can do without it.
   */
  changeAgain(sql: string, bindings: readonly Binding[], again = isTransient): Promise<number> {
    return retryTransient(() => this.change(sql, bindings), again);
  }

  /**
   * On SQLite, writing statements in one transaction, up to the first that matches nothing; gives what the last one sent
   * has matched. Nothing else of this process comes in between: a second connection of it would wait for the first
   * without letting it go on.
   */
  async changeTogether(statements: readonly Statement[]): Promise<number> {
    const client: Knex.Client = this.knex.client;
    const connection: SqliteConnection = await client.acquireConnection();
    try {
      const work = connection.transaction(() => changeEach(connection, statements));
      return await retryTransient(() => fromDatabase(Promise.resolve().then(() => work.immediate())));
    } finally {
      void client.releaseConnection(connection);
    }
  }

  /** Waits for statements that are under way, but not for a database that does not answer. */
  async close(): Promise<void> {
    const closed = Promise.all([...new Set([this.knex, this.reservedKnex])].map((knex) => knex.destroy()));
    await Promise.race([closed, sleep(CLOSE_MS, undefined, { ref: false })]);
  }

  /** As `knex.raw` does it, without its builder, which costs more than the driver does. */
  // biome-ignore lint/suspicious/noExplicitAny: each driver answers in its own shape
  async #send(sql: string, bindings: readonly Binding[], on: Knex, isPrepared = false): Promise<any> {
    const options = { deadlineMs: this.deadlineMs, isPrepared };
    if (this.dialect.name === 'sqlite') return on.raw(sql, checked(bindings) as Knex.RawBinding[]).options(options);
    const client: Knex.Client = on.client;
    const connection = await client.acquireConnection();
    try {
      return (await client.query(connection, { sql, bindings: checked(bindings), options })).response;
    } finally {
      void client.releaseConnection(connection);
    }
  }
}

/** What is used of better-sqlite3. */
interface SqliteConnection {
  prepare(sql: string): { run(...bindings: readonly Binding[]): { readonly changes: number } };
  transaction(work: () => number): { immediate(): number };
}

function changeEach(connection: SqliteConnection, statements: readonly Statement[]): number {
  let changes = 0;
  for (const { sql, bindings } of statements) {
    changes = connection.prepare(sql).run(...checked(bindings)).changes;
    if (changes === 0) break;
  }
  return changes;
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
