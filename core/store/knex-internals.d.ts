// knex ships no types for its dialects; only what our clients override is declared.
declare module 'knex/lib/dialects/better-sqlite3/index.js' {
  import type { Knex } from 'knex';

  class Client_BetterSQLite3 extends Knex.Client {
    constructor(config: Knex.Config);
    transaction(container: unknown, config: unknown, outerTransaction: unknown): unknown;
    acquireConnection(): Promise<unknown>;
    acquireRawConnection(): Promise<object>;
    destroyRawConnection(connection: object): Promise<void>;
    _query(connection: unknown, query: unknown): Promise<unknown>;
  }
  export default Client_BetterSQLite3;
}
declare module 'knex/lib/dialects/sqlite3/execution/sqlite-transaction.js' {
  class Transaction_Sqlite {
    constructor(client: unknown, container: unknown, config: unknown, outerTransaction: unknown);
    query(connection: unknown, sql: string): Promise<unknown>;
    begin(connection: unknown): Promise<unknown>;
  }
  export default Transaction_Sqlite;
}
declare module 'knex/lib/dialects/mysql2/index.js' {
  import type { Knex } from 'knex';

  class Client_MySQL2 extends Knex.Client {
    constructor(config: Knex.Config);
    transaction(container: unknown, config: unknown, outerTransaction: unknown): unknown;
    acquireConnection(): Promise<unknown>;
    _query(connection: unknown, query: unknown): Promise<unknown>;
  }
  export default Client_MySQL2;
}
declare module 'knex/lib/dialects/mysql2/transaction.js' {
  class Transaction_MySQL2 {
    constructor(client: unknown, container: unknown, config: unknown, outerTransaction: unknown);
    query(connection: unknown, sql: string, status?: number, value?: unknown): Promise<unknown>;
    begin(connection: unknown): Promise<unknown>;
  }
  export default Transaction_MySQL2;
}
