import type { Knex } from 'knex';

/** Whether a job holds one of the places that a limit of its type gives, from its first slice until it ends or rests. */
export async function up(knex: Knex): Promise<void> {
  // Each step may be run again: MySQL commits after each.
  if (await knex.schema.hasColumn('progress_manager', 'has_place')) return;
  const type = knex.client.dialect === 'sqlite3' ? 'INTEGER' : 'TINYINT';
  await knex.raw(`ALTER TABLE progress_manager ADD COLUMN has_place ${type} NOT NULL DEFAULT 0`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE progress_manager DROP COLUMN has_place');
}
