/// <reference path="./knex-internals.d.ts" />
import Mysql2Client from 'knex/lib/dialects/mysql2/index.js';
import { Generations } from './generations.js';
import { assertOutsideWrite, refuseEndOfWrite } from './inside-write.js';
import { fromDatabase, isWrongServer } from './transient.js';

/** What opens and ends a transaction must answer within this, ms; `Database` sets the deadline of its own statements. */
const CONTROL_MS = 5000;
const CONTROL = /^(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b/;

interface Query {
  readonly sql: string;
  readonly bindings?: readonly unknown[];
  readonly options?: { readonly deadlineMs?: number; readonly isPrepared?: boolean };
}

interface Connection {
  execute(
    sql: string,
    bindings: readonly unknown[],
    heard: (error: unknown, rows: unknown, fields: unknown) => void,
  ): void;
  destroy(): void;
  readonly stream?: { destroy(): void };
  /** knex drops a connection that has it, instead of giving it out again. */
  __knex__disposed?: unknown;
}

/**
 * knex's client for mysql2, with two more rules. A `context.write` callback gets no second connection, because its
 * writes would not be undone. And a statement with a deadline (`options({ deadlineMs })`) that has no answer by then
 * fails with the code STATEMENT_DEADLINE, and its connection is destroyed: nothing else tells a connection whose other
 * end is gone from one that is slow.
 */
export class MysqlClient extends Mysql2Client {
  override acquireConnection(): Promise<unknown> {
    assertOutsideWrite('The database');
    return fromDatabase(super.acquireConnection());
  }

  override _query(connection: Connection, given: string | Query) {
    const query = typeof given === 'string' ? { sql: given } : given;
    const { sql, options } = query;
    refuseEndOfWrite(sql);
    const deadlineMs = options?.deadlineMs ?? (CONTROL.test(sql) ? CONTROL_MS : undefined);
    const sent = options?.isPrepared ? executed(connection, query) : super._query(connection, query);
    const answer = disposing(sent, connection);
    return fromDatabase(deadlineMs === undefined ? answer : within(deadlineMs, answer, connection));
  }
}

/** As a prepared statement, which mysql2 keeps for the connection. */
function executed(connection: Connection, query: Query): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connection.execute(query.sql, query.bindings ?? [], (error, rows, fields) => {
      if (error) reject(error);
      else resolve({ ...query, response: [rows, fields] });
    });
  });
}

/** After a failover the old connections lead to a server that takes no writes, and would for ever. */
async function disposing<T>(answer: Promise<T>, connection: Connection): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (isWrongServer(error)) {
      connection.__knex__disposed = error;
      Generations.endOf(connection);
    }
    throw error;
  }
}

async function within<T>(deadlineMs: number, answer: Promise<T>, connection: Connection): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const error = Object.assign(new Error(`The database did not answer within ${Math.round(deadlineMs)} ms.`), {
        code: 'STATEMENT_DEADLINE',
      });
      connection.__knex__disposed = error;
      connection.destroy();
      // mysql2 only half-closes it: while the other end is silent it would stay, and keep the process.
      connection.stream?.destroy();
      reject(error);
    }, deadlineMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
