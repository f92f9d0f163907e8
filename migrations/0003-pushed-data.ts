import type { Knex } from 'knex';

/** `data` as it was pushed, once a slice has changed it: a job that is run again begins from there. */
export async function up(knex: Knex): Promise<void> {
  // Each step may be run again: MySQL commits after each.
  if (await knex.schema.hasColumn('progress_manager', 'pushed_data')) return;
  await knex.raw(`ALTER TABLE progress_manager ADD COLUMN pushed_data ${isSqlite(knex) ? 'TEXT' : 'MEDIUMTEXT'} NULL`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE progress_manager DROP COLUMN pushed_data');
}

const isSqlite = (knex: Knex) => knex.client.dialect === 'sqlite3';
