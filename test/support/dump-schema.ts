import type { Knex } from 'knex';
import { dumpMySqlSchema } from './dump-mysql-schema.js';

/** All tables, columns, indexes and checks of a database as text: the same text for the same schema, whatever the version. */
export function dumpSchema(knex: Knex): Promise<string> {
  return knex.client.dialect === 'sqlite3' ? dumpSqliteSchema(knex) : dumpMySqlSchema(knex);
}

async function dumpSqliteSchema(knex: Knex): Promise<string> {
  const rows: readonly { sql: string }[] = await knex('sqlite_master')
    .select('sql')
    .whereNotNull('sql')
    .whereNot('name', 'like', 'sqlite\\_%')
    .orderBy([{ column: 'tbl_name' }, { column: 'type', order: 'desc' }, { column: 'name' }]);
  return `${rows.map(({ sql }) => `${sql};`).join('\n\n')}\n`;
}
