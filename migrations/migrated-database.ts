import type { Knex } from 'knex';

/** What migrating needs of the store's Database. */
export interface MigratedDatabase {
  readonly knex: Knex;
  readonly dialect: { readonly name: 'mysql' | 'sqlite' };
  /** The same on a connection that no migration takes. */
  readonly reserved: MigratedDatabase;
  /** A statement that has a deadline. */
  from(table: string): Knex.QueryBuilder;
}
