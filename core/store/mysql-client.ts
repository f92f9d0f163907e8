/// <reference path="./knex-internals.d.ts" />
import Mysql2Client from 'knex/lib/dialects/mysql2/index.js';
import { Generations } from './generations.js';
import { assertOutsideWrite, refuseEndOfWrite } from './inside-write.js';
import { MysqlTransaction } from './mysql-transaction.js';
import { isInsideWrite } from './scope.js';
import { NEVER, seamOf } from './statement-seam.js';
import { asFromDatabase, fromDatabase, isTransient, isUnprepared, isWrongServer } from './transient.js';
import { noteEnd } from './write-end.js';

/** What opens and ends a transaction must answer within this, ms; `Database` sets the deadline of its own statements. */
const CONTROL_MS = 5000;
const CONTROL = /^(?:BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|SET autocommit)\b/;

/** What knex asks for, and gives back with the answer in it. */
interface Query {
  readonly sql: string;
  readonly bindings?: readonly unknown[];
  readonly options?: { readonly deadlineMs?: number; readonly isPrepared?: boolean };
  response?: readonly [rows: unknown, fields: unknown];
}

type Heard = (error: unknown, rows: object | null | undefined, fields: unknown) => void;

interface Connection {
  query(statement: string | { readonly sql: string }, bindings: readonly unknown[] | undefined, heard: Heard): void;
  /** As a prepared statement, which mysql2 keeps for the connection. */
  execute(sql: string, bindings: readonly unknown[], heard: Heard): void;
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
    if (seamOf(this.config)?.isDead) return NEVER;
    return fromDatabase(super.acquireConnection());
  }

  override transaction(container: unknown, config: object | undefined, outerTransaction: unknown): unknown {
    return new MysqlTransaction(this, container, config, outerTransaction);
  }

  override _query(connection: Connection, given: string | Query): Promise<Query> {
    const query: Query = typeof given === 'string' ? { sql: given } : given;
    refuseEndOfWrite(connection, query.sql);
    const isOfWrite = isInsideWrite();
    const seam = seamOf(this.config);
    return seam
      ? seam.pass(connection, query.sql, () => send(connection, query, isOfWrite))
      : send(connection, query, isOfWrite);
  }
}

/** `isOfWrite`: a `context.write` callback sends it. */
function send(connection: Connection, query: Query, isOfWrite: boolean): Promise<Query> {
  const { sql, bindings, options } = query;
  const deadlineMs = options?.deadlineMs ?? (CONTROL.test(sql) ? CONTROL_MS : undefined);
  return new Promise((resolve, reject) => {
    let isPrepared = options?.isPrepared === true;
    let isAnswered = false;
    let deadline: NodeJS.Timeout | undefined;
    const late = () => reject(asFromDatabase(dropped(connection, deadlineMs ?? 0)));
    const heard: Heard = (error, rows, fields) => {
      if (isPrepared && isUnprepared(error)) {
        isPrepared = false;
        return sendOnce();
      }
      isAnswered = true;
      clearTimeout(deadline);
      if (error) {
        if (isWrongServer(error)) dispose(connection, error);
        reject(asFromDatabase(error));
        if (isTransient(error)) hearRollback(connection);
      } else {
        const hasEnded = hear(connection, rows);
        if (hasEnded && isOfWrite) noteEnd(connection, { statement: sql, isCommitted: true });
        query.response = [rows, fields];
        resolve(query);
      }
    };
    const sendOnce = () => {
      if (isPrepared) connection.execute(sql, bindings ?? [], heard);
      else connection.query(areOwn(options) ? sql : { ...options, sql }, bindings, heard);
    };
    sendOnce();
    // Not before: what cannot even be sent leaves no timer behind.
    if (deadlineMs !== undefined && !isAnswered) deadline = setTimeout(late, deadlineMs);
  });
}

/** Options of ours say nothing to the driver, which copies those that it is given twice. */
const OWN: readonly string[] = ['deadlineMs', 'isPrepared'];
const areOwn = (options: object = {}) => Object.keys(options).every((option) => OWN.includes(option));

/** What the server last said of each session, but with rows. */
const statuses = new WeakMap<object, number>();
/** Flags of the protocol: SERVER_STATUS_IN_TRANS and SERVER_STATUS_AUTOCOMMIT. */
const IN_TRANSACTION = 1;
const AUTOCOMMIT = 2;

/** Takes in what an answer says of the session. Gives whether it has ended a transaction. */
function hear(connection: Connection, rows: object | null | undefined): boolean {
  const { serverStatus } = headerOf(rows);
  if (serverStatus === undefined) return false;
  const before = statuses.get(connection) ?? 0;
  statuses.set(connection, serverStatus);
  return (before & IN_TRANSACTION) !== 0 && (serverStatus & IN_TRANSACTION) === 0;
}

/** A deadlock has ended the transaction, and what counts as one ends it; such an answer says nothing of the session. */
function hearRollback(connection: Connection): void {
  statuses.set(connection, (statuses.get(connection) ?? 0) & ~IN_TRANSACTION);
}

/** That of a procedure stands behind the rows it gave. */
function headerOf(rows: object | null | undefined): { readonly serverStatus?: number } {
  const header: object | null | undefined = Array.isArray(rows) ? rows.at(-1) : rows;
  // Not a row with a column of that name.
  return header?.constructor?.name === 'ResultSetHeader' ? header : {};
}

/** Has it autocommit off, and no transaction open, as the answer to its last statement said? */
export function isBetweenTransactions(connection: object): boolean {
  const status = statuses.get(connection);
  return status !== undefined && (status & (IN_TRANSACTION | AUTOCOMMIT)) === 0;
}

/** After a failover the old connections lead to a server that takes no writes, and would for ever. */
function dispose(connection: Connection, error: unknown): void {
  connection.__knex__disposed = error;
  Generations.endOf(connection);
}

/** Destroys a connection that fell silent, and gives what to say about it. */
function dropped(connection: Connection, deadlineMs: number): Error {
  const error = Object.assign(new Error(`The database did not answer within ${Math.round(deadlineMs)} ms.`), {
    code: 'STATEMENT_DEADLINE',
  });
  connection.__knex__disposed = error;
  connection.destroy();
  // mysql2 only half-closes it: while the other end is silent it would stay, and keep the process.
  connection.stream?.destroy();
  return error;
}
