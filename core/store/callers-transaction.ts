import type { Knex } from 'knex';
import type { CallersTransaction } from '../contracts/callers-transaction.js';
import { InvalidInputError } from '../contracts/errors.js';
import type { Binding, Database, Statements } from './database.js';

/** A connection of mysql2 with promises, which is how both kinds are used here. */
interface MysqlPromises {
  execute(query: { readonly sql: string } & typeof AS_OURS, values: readonly Binding[]): Promise<[unknown]>;
}

/** What the connections of the store are set to, and those of the application may not be. */
const AS_OURS = { rowsAsArray: false, nestTables: false, dateStrings: true, supportBigNumbers: true } as const;

/** The driver under each dialect: a statement for another one would not be understood. */
const DRIVERS = { mysql: 'mysql2', sqlite: 'better-sqlite3' } as const;

/** The calls of the store on a transaction of the caller's. Throws InvalidInputError for what is none of this database. */
export function statementsOn(transaction: CallersTransaction, database: Database): Statements {
  if (isKnexTransaction(transaction)) return onKnex(transaction, database);
  if (database.dialect.name === 'mysql' && isMysqlConnection(transaction)) return onMysql(async () => transaction);
  throw refused(
    database.dialect.name === 'mysql'
      ? 'must be a transaction of knex, or a connection of mysql2 on which one was begun; a pool is none'
      : 'must be a transaction of knex on this SQLite database',
  );
}

/** When a transaction of knex has been committed; `undefined` where nobody tells. */
export function whenCommitted(transaction: CallersTransaction): Promise<unknown> | undefined {
  return isKnexTransaction(transaction) ? transaction.executionPromise : undefined;
}

function onKnex(transaction: Knex.Transaction, database: Database): Statements {
  const { client } = transaction;
  const driver = DRIVERS[database.dialect.name];
  if (client.driverName !== driver)
    throw refused(`is one of the driver ${client.driverName}; this database has ${driver}`);
  if (transaction.isCompleted()) throw refused('has been committed or rolled back already');
  if (database.isOwn(transaction) || driver === 'better-sqlite3') return database.on(transaction);
  // Not through the application's own client, which may cut texts into the statement by rules of its own.
  return onMysql(async () => client.acquireConnection());
}

/** As prepared statements: whatever modes the session has, a text cannot become a part of the statement. */
function onMysql(connection: () => Promise<unknown>): Statements {
  const send = async (sql: string, bindings: readonly Binding[]): Promise<unknown> => {
    const [answer] = await promises(await connection()).execute({ sql, ...AS_OURS }, bindings);
    return answer;
  };
  return {
    rows: async <Row>(sql: string, bindings: readonly Binding[]) => (await send(sql, bindings)) as Row[],
    change: async (sql, bindings) => ((await send(sql, bindings)) as { readonly affectedRows: number }).affectedRows,
  };
}

/** Connections with callbacks give one with promises, which have no such method. */
function promises(connection: unknown): MysqlPromises {
  const { promise } = connection as { readonly promise?: () => MysqlPromises };
  return promise ? promise.call(connection) : (connection as MysqlPromises);
}

function isKnexTransaction(value: unknown): value is Knex.Transaction {
  return typeof value === 'function' && (value as { readonly isTransaction?: unknown }).isTransaction === true;
}

function isMysqlConnection(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { execute, beginTransaction } = value as Record<string, unknown>;
  return typeof execute === 'function' && typeof beginTransaction === 'function';
}

const refused = (why: string) => new InvalidInputError('transaction', `${why}.`);
