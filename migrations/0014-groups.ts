import type { Knex } from 'knex';

/** Finds the newest jobs of groups without reading all others. */
export async function up(knex: Knex): Promise<void> {
  // It may be run again: MySQL commits after each statement.
  if (isSqlite(knex)) await knex.raw('CREATE INDEX IF NOT EXISTS ix_group ON progress_manager (job_group, number)');
  else if (!(await hasIndex(knex)))
    await knex.raw('ALTER TABLE progress_manager ADD INDEX ix_group (job_group, number)');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(isSqlite(knex) ? 'DROP INDEX ix_group' : 'ALTER TABLE progress_manager DROP INDEX ix_group');
}

const isSqlite = (knex: Knex) => knex.client.dialect === 'sqlite3';

async function hasIndex(knex: Knex): Promise<boolean> {
  const [rows] = await knex.raw("SHOW INDEX FROM progress_manager WHERE Key_name = 'ix_group'");
  return rows.length > 0;
}
