import type { Knex } from 'knex';
import { isBetweenTransactions } from './mysql-client.js';
import { AUTOCOMMIT_ON } from './mysql-transaction.js';
import { seamOf } from './statement-seam.js';

/**
 * A connection is kept so long for the next transaction, ms: two short slices are one or two apart, and nobody else
 * misses it for as long.
 */
const SOON_MS = 20;

/** What is used of knex's pool. */
interface Pool {
  readonly max: number;
  numUsed(): number;
  /** May it be given out? */
  validate(connection: object): Promise<boolean>;
}

interface Connection {
  destroy(): void;
}

/** A connection with autocommit off, in no transaction. */
interface Kept {
  readonly connection: Connection;
  readonly unused: NodeJS.Timeout;
}

/**
 * Transactions in which the server commits nothing by itself: after a deadlock it rolls back, and would commit at once
 * whatever a callback still sends, which is sent again with the repeat. While they come one upon the other the
 * connection stays as it is: a round trip less for each, and no way through the pool. For MySQL and MariaDB.
 */
export class WriteTransactions {
  /** The one that was kept last is taken first. */
  readonly #kept: Kept[] = [];
  #endedAt = Number.NEGATIVE_INFINITY;
  readonly #soonMs: number;

  constructor(
    private readonly knex: Knex,
    soonMs = SOON_MS,
  ) {
    // Tests that end the process at each statement want as many of them each time, however long they take.
    this.#soonMs = seamOf(knex.client.config) ? 0 : soonMs;
  }

  /** As `knex.transaction`. */
  async run<T>(work: (transaction: Knex.Transaction) => Promise<T>): Promise<T> {
    const kept = await this.#take();
    const connection = kept ?? ((await this.#client.acquireConnection()) as Connection);
    const isSoon = performance.now() - this.#endedAt < this.#soonMs;
    let hasEnded = false;
    try {
      const told = { connection, autocommitIsOff: kept !== undefined };
      const answer = await this.knex.transaction(work, told as Knex.TransactionConfig);
      hasEnded = true;
      return answer;
    } finally {
      this.#endedAt = performance.now();
      // Something that was called may have turned autocommit on.
      if (hasEnded && isSoon && this.#hasOthers && isBetweenTransactions(connection)) this.#keep(connection);
      else await this.#giveBack(connection, hasEnded);
    }
  }

  get #client(): Knex.Client {
    return this.knex.client;
  }

  get #pool(): Pool | undefined {
    return this.#client.pool as Pool | undefined;
  }

  /** Is there a connection for who wants one meanwhile? */
  get #hasOthers(): boolean {
    return this.#pool !== undefined && this.#pool.numUsed() < this.#pool.max;
  }

  /** One that still stands. */
  async #take(): Promise<Connection | undefined> {
    for (let last = this.#kept.pop(); last; last = this.#kept.pop()) {
      clearTimeout(last.unused);
      if (await this.#pool?.validate(last.connection)) return last.connection;
      this.#release(last.connection);
    }
    return undefined;
  }

  #keep(connection: Connection): void {
    const kept: Kept = { connection, unused: setTimeout(() => void this.#end(kept), this.#soonMs) };
    this.#kept.push(kept);
  }

  #end(kept: Kept): Promise<void> {
    this.#kept.splice(this.#kept.indexOf(kept), 1);
    return this.#giveBack(kept.connection, true);
  }

  /** To the pool, as it came. Never throws. `hasEnded`: its transaction, for all that is known. */
  async #giveBack(connection: Connection, hasEnded: boolean): Promise<void> {
    try {
      // What is open would be committed.
      if (!hasEnded) await this.#client.query(connection, 'ROLLBACK');
      await this.#client.query(connection, AUTOCOMMIT_ON);
    } catch (error) {
      // With what it holds, and not to be given out again.
      Object.assign(connection, { __knex__disposed: error });
      connection.destroy();
    }
    this.#release(connection);
  }

  #release(connection: Connection): void {
    // What its transaction was called, which knex takes off connections of its own.
    Object.assign(connection, { __knexTxId: undefined });
    void this.#client.releaseConnection(connection);
  }
}
