/// <reference path="./knex-internals.d.ts" />
import Mysql2Client from 'knex/lib/dialects/mysql2/index.js';
import { Generations } from './generations.js';
import { assertOutsideWrite, refuseEndOfWrite } from './inside-write.js';
import { fromDatabase, isWrongServer } from './transient.js';

/** What opens and ends a transaction must answer within this, ms; `Database` sets the deadline of its own statements. */
const CONTROL_MS = 5000;
const CONTROL = /^(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b/;

interface Connection {
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

  override _query(connection: Connection, query: string | { sql: string; options?: { deadlineMs?: number } }) {
    const { sql, options } = typeof query === 'string' ? { sql: query, options: undefined } : query;
    refuseEndOfWrite(sql);
    const deadlineMs = options?.deadlineMs ?? (CONTROL.test(sql) ? CONTROL_MS : undefined);
    const answer = disposing(super._query(connection, query), connection);
    return fromDatabase(deadlineMs === undefined ? answer : within(deadlineMs, answer, connection));
  }
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
