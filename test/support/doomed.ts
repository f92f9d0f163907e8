import type { App } from 'progress-manager';
import { MysqlClient } from '../../core/store/mysql-client.js';
import { SqliteClient } from '../../core/store/sqlite-client.js';

/** Where a core dies: before its so-many-th statement is sent, or after it was carried out and before it is answered. */
export interface Death {
  readonly at: number;
  readonly when: 'before' | 'after';
}

type Connection = { destroy?(): void; close?(): void; readonly stream?: { destroy(): void } };
type Client = { acquireConnection(): Promise<Connection> };
type Send = (connection: Connection, query: unknown) => Promise<unknown>;

/** What a dead process waits for. */
const NEVER = new Promise<never>(() => undefined);

/**
 * A core that dies between two statements as a killed process does: from then on it sends nothing and hears nothing, and
 * its connections are gone with what they had not committed. `BEGIN` and `COMMIT` are statements too.
 */
export class Doomed {
  readonly #connections = new Set<Connection>();
  #sayDead: (dead: 'dead') => void = () => undefined;
  readonly #died = new Promise<'dead'>((resolve) => {
    this.#sayDead = resolve;
  });
  #sent = 0;
  isDead = false;

  constructor(
    app: App,
    private readonly death: Death,
  ) {
    const database = app.container.get('database');
    for (const { client } of new Set([database.knex, database.reserved.knex])) this.#watch(client as unknown as Client);
  }

  /** Ends with the work, or with the death. */
  outlives(work: Promise<unknown>): Promise<'dead' | 'alive'> {
    return Promise.race([this.#died, work.then(() => 'alive' as const)]);
  }

  /** Called for each statement of every core: those of others pass. */
  async send(connection: Connection, send: () => Promise<unknown>): Promise<unknown> {
    if (!this.#connections.has(connection)) return send();
    if (this.isDead) return NEVER;
    const isLast = ++this.#sent === this.death.at;
    if (isLast && this.death.when === 'before') return this.#die();
    const answer = send();
    if (!isLast) return answer;
    await answer.catch(() => undefined);
    return this.#die();
  }

  #watch(client: Client): void {
    const acquire = client.acquireConnection.bind(client);
    client.acquireConnection = async () => {
      if (this.isDead) return NEVER;
      const connection = await acquire();
      this.#connections.add(connection);
      return connection;
    };
  }

  #die(): Promise<never> {
    this.isDead = true;
    for (const connection of this.#connections) {
      if (connection.destroy) connection.destroy();
      else connection.close?.();
      connection.stream?.destroy();
    }
    this.#sayDead('dead');
    return NEVER;
  }
}

/** Has every statement go past the core that is doomed now; gives what ends it. */
export function watchStatements(now: () => Doomed | undefined): () => void {
  const ends = [MysqlClient, SqliteClient].map(({ prototype }) => {
    const owner = prototype as unknown as { _query: Send };
    const send = owner._query;
    owner._query = function (this: unknown, connection, query) {
      const work = () => send.call(this, connection, query);
      return now()?.send(connection, work) ?? work();
    };
    return () => {
      owner._query = send;
    };
  });
  return () => {
    for (const end of ends) end();
  };
}
