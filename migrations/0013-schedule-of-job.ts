import type { Knex } from 'knex';

/** The key of the schedule that pushed the job. */
export async function up(knex: Knex): Promise<void> {
  if (await knex.schema.hasColumn('progress_manager', 'schedule_key')) return;
  const isSqlite = knex.client.dialect === 'sqlite3';
  const type = isSqlite ? 'TEXT' : 'VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin';
  await knex.raw(`ALTER TABLE progress_manager ADD COLUMN schedule_key ${type} NULL`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE progress_manager DROP COLUMN schedule_key');
}
