/// <reference path="./knex-internals.d.ts" />
import BetterSqlite3Client from 'knex/lib/dialects/better-sqlite3/index.js';
import SqliteTransaction from 'knex/lib/dialects/sqlite3/execution/sqlite-transaction.js';
import { assertOutsideWrite, refuseEndOfWrite } from './inside-write.js';
import { isInsideWrite } from './scope.js';
import { NEVER, seamOf } from './statement-seam.js';
import { fromDatabase } from './transient.js';
import { noteEnd } from './write-end.js';

/**
 * A transaction that takes SQLite's write lock when it begins. A plain BEGIN that reads first fails at its first
 * write when another process has written meanwhile (SQLITE_BUSY_SNAPSHOT), and no busy timeout helps.
 */
class ImmediateTransaction extends SqliteTransaction {
  override begin(connection: unknown): Promise<unknown> {
    return this.query(connection, 'BEGIN IMMEDIATE;');
  }
}

/** knex's client for better-sqlite3 with immediate transactions, on one connection per process. */
export class SqliteClient extends BetterSqlite3Client {
  override transaction(container: unknown, config: unknown, outerTransaction: unknown): unknown {
    return new ImmediateTransaction(this, container, config, outerTransaction);
  }

  /** The only connection is taken by the open transaction: waiting for it would end in a time-out after a minute. */
  override acquireConnection(): Promise<unknown> {
    assertOutsideWrite('The database');
    if (seamOf(this.config)?.isDead) return NEVER;
    return fromDatabase(super.acquireConnection());
  }

  override acquireRawConnection(): Promise<object> {
    const open = () => super.acquireRawConnection();
    return seamOf(this.config)?.connect(open) ?? open();
  }

  override async destroyRawConnection(connection: object): Promise<void> {
    if (!seamOf(this.config)) await super.destroyRawConnection(connection);
  }

  override _query(
    connection: { readonly inTransaction?: boolean },
    query: string | { readonly sql: string },
  ): Promise<unknown> {
    const sql = typeof query === 'string' ? query : query.sql;
    refuseEndOfWrite(connection, sql);
    const look = (isCommitted: boolean, error?: unknown) => {
      if (!connection.inTransaction) noteEnd(connection, { statement: sql, isCommitted, error });
    };
    const send = () => {
      const sent = fromDatabase(super._query(connection, query));
      if (!isInsideWrite()) return sent;
      return sent.then(
        (answer) => {
          look(true);
          return answer;
        },
        (error: unknown) => {
          look(false, error);
          throw error;
        },
      );
    };
    return seamOf(this.config)?.pass(connection, sql, send) ?? send();
  }
}
