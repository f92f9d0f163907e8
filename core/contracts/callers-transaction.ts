import type { Knex } from 'knex';

/**
 * A transaction that the caller has begun on the application's database, and will commit or roll back: one of knex's,
 * or a connection of mysql2 (with promises or callbacks) on which one is open.
 */
export type CallersTransaction = Knex.Transaction | MysqlConnection;

/** What is needed of a connection of mysql2, with callbacks or with promises. */
export interface MysqlConnection {
  execute(sql: string, values: never): unknown;
  beginTransaction(...callback: never[]): unknown;
}
