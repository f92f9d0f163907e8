import { placeholders } from './placeholders.js';

/** What MySQL (with MariaDB) and SQLite say differently. Everything else in the store is one text for both. */
export interface Dialect {
  readonly name: 'mysql' | 'sqlite';
  /** SQL for the database's own time, to the millisecond, in the form of our columns. A test may bind it. */
  now(): string;
  /** SQL for now plus an SQL expression in milliseconds (may be negative); by default one bound number. */
  nowPlus(milliseconds?: string): string;
  /** SQL for so many whole seconds before now: a statement of many rows says it for each. */
  secondsAgo(seconds: number): string;
  /** SQL that reads a bound text `YYYY-MM-DD HH:MM:SS.mmm` as a time. */
  time(value: string): string;
  /** SQL after a SELECT by key that waits for whoever is writing the row; SQLite has one writer and needs none. */
  readonly forUpdate: string;
  /**
   * SQL after a SELECT that gives no row which somebody is changing now, and waits for none. Two that ask so at once do not
   * stand in each other's way. Some servers give all rows all the same.
   */
  readonly skipLocked: string;
  /** SQL after a SELECT that reads what is committed now, also in a transaction that sees an earlier state. */
  readonly asCommitted: string;
  /** SQL after an INSERT that makes it give these columns of its rows; MySQL cannot, and takes it for a comment. */
  returning(columns: string): string;
  /** SQL after an INSERT that has a row whose key is there already take these columns from the new one. */
  upsert(key: readonly string[], columns: readonly string[]): string;
  /** SQL after a table's name that has it read by this index, where the planner would take another way to the same rows. */
  byIndex(name: string): string;
  /** The same for the primary key, in an UPDATE that names its rows: by another index it would wait for rows of others. */
  readonly byKey: string;
  /** SQL of a condition: these columns together are one of so many bound rows of values, found by an index of theirs. */
  among(columns: readonly string[], rows: number): string;
  /**
   * SQL that updates rows of `table AS p` from rows of values `v`, joined by `on`; `sets` are column names with the
   * SQL of their value. Both must stand without the other's prefix rules: columns of `p` are named `p.x` in values.
   */
  updateFrom(table: string, values: string, on: string, sets: Readonly<Record<string, string>>): string;
}

/** A fixed instant that stands for "now", as `YYYY-MM-DD HH:MM:SS.mmm`; `undefined`: the database's clock. */
export type BoundNow = () => string | undefined;

const list = (sets: Readonly<Record<string, string>>, prefix: string) =>
  Object.entries(sets)
    .map(([column, value]) => `${prefix}${column} = ${value}`)
    .join(', ');

/** `(?, ?), (?, ?)` */
const boundRows = (columns: readonly string[], rows: number) =>
  Array<string>(rows)
    .fill(`(${placeholders(columns)})`)
    .join(', ');

export function mysqlDialect(boundNow: BoundNow = () => undefined): Dialect {
  const now = () => {
    const bound = boundNow();
    return bound === undefined ? 'UTC_TIMESTAMP(3)' : `CAST('${bound}' AS DATETIME(3))`;
  };
  return {
    name: 'mysql',
    forUpdate: 'FOR UPDATE',
    // Each of the two servers takes the other's words for a comment.
    skipLocked: '/*!80001 FOR SHARE SKIP LOCKED */ /*M!100600 LOCK IN SHARE MODE SKIP LOCKED */',
    asCommitted: 'LOCK IN SHARE MODE',
    returning: (columns) => `/*M!100500 RETURNING ${columns} */`,
    // MariaDB has no name for the new row; both know VALUES.
    upsert: (_key, columns) =>
      `ON DUPLICATE KEY UPDATE ${columns.map((column) => `${column} = VALUES(${column})`).join(', ')}`,
    byKey: 'FORCE INDEX (PRIMARY)',
    among: (columns, rows) => `(${columns.join(', ')}) IN (${boundRows(columns, rows)})`,
    byIndex: (name) => `FORCE INDEX (${name})`,
    now,
    // Whole milliseconds only: MySQL rounds and MariaDB truncates what does not fit DATETIME(3).
    nowPlus: (milliseconds = '?') => `(${now()} + INTERVAL (${milliseconds}) * 1000 MICROSECOND)`,
    secondsAgo: (seconds) => `${now()} - INTERVAL ${seconds} SECOND`,
    time: (value) => `CAST(${value} AS DATETIME(3))`,
    updateFrom: (table, values, on, sets) =>
      `UPDATE ${table} AS p JOIN (${values}) AS v ON ${on} SET ${list(sets, 'p.')}`,
  };
}

export function sqliteDialect(boundNow: BoundNow = () => undefined): Dialect {
  const format = "'%Y-%m-%d %H:%M:%f'";
  const instant = () => `'${boundNow() ?? 'now'}'`;
  return {
    name: 'sqlite',
    forUpdate: '',
    skipLocked: '',
    asCommitted: '',
    returning: (columns) => `RETURNING ${columns}`,
    upsert: (key, columns) =>
      `ON CONFLICT (${key.join(', ')}) DO UPDATE SET ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}`,
    byKey: 'NOT INDEXED',
    among: (columns, rows) => `(${columns.join(', ')}) IN (VALUES ${boundRows(columns, rows)})`,
    byIndex: (name) => `INDEXED BY ${name}`,
    now: () => `strftime(${format}, ${instant()})`,
    nowPlus: (milliseconds = '?') => `strftime(${format}, ${instant()}, ((${milliseconds}) / 1000.0) || ' seconds')`,
    secondsAgo: (seconds) => `strftime(${format}, ${instant()}, '${-seconds} seconds')`,
    time: (value) => value,
    updateFrom: (table, values, on, sets) =>
      `UPDATE ${table} AS p SET ${list(sets, '')} FROM (${values}) AS v WHERE ${on}`,
  };
}
