/// <reference path="./knex-internals.d.ts" />
import Mysql2Transaction from 'knex/lib/dialects/mysql2/transaction.js';

/** As connections are in the pool: a statement outside BEGIN and COMMIT is committed at once. */
export const AUTOCOMMIT_ON = 'SET autocommit = 1';
/** A statement begins a transaction, where none is open. */
export const AUTOCOMMIT_OFF = 'SET autocommit = 0';

/** What a transaction is told beside knex's own options. */
interface Told {
  /** It is to run with autocommit off, and its connection has it so: now, or not yet. */
  readonly autocommitIsOff?: boolean;
}

/** knex's transaction for mysql2, which may turn autocommit off instead of sending BEGIN (see `WriteTransactions`). */
export class MysqlTransaction extends Mysql2Transaction {
  readonly #autocommitIsOff: boolean | undefined;

  constructor(client: unknown, container: unknown, told: Told | undefined, outerTransaction: unknown) {
    super(client, container, told, outerTransaction);
    this.#autocommitIsOff = told?.autocommitIsOff;
  }

  override begin(connection: unknown): Promise<unknown> {
    if (this.#autocommitIsOff === undefined) return super.begin(connection);
    return this.#autocommitIsOff ? Promise.resolve() : this.query(connection, AUTOCOMMIT_OFF);
  }
}
