import type { Knex } from 'knex';

/** How many slices a worker has left to themselves, for people to see. It may be run again: MySQL commits after each step. */
export async function up(knex: Knex): Promise<void> {
  if (await knex.schema.hasColumn('progress_worker', 'left_slices')) return;
  const type = knex.client.dialect === 'sqlite3' ? 'INTEGER' : 'INT';
  await knex.raw(`ALTER TABLE progress_worker ADD COLUMN left_slices ${type} NOT NULL DEFAULT 0`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE progress_worker DROP COLUMN left_slices');
}
