import type { Knex } from 'knex';

/** A job in whose slice a worker died runs in a child process from then on, also after it has moved on. */
export async function up(knex: Knex): Promise<void> {
  // Each step may be run again: MySQL commits after each.
  if (await knex.schema.hasColumn('progress_manager', 'is_isolated')) return;
  await knex.raw(
    `ALTER TABLE progress_manager ADD COLUMN is_isolated ${isSqlite(knex) ? 'INTEGER' : 'TINYINT'} NOT NULL DEFAULT 0`,
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE progress_manager DROP COLUMN is_isolated');
}

const isSqlite = (knex: Knex) => knex.client.dialect === 'sqlite3';
