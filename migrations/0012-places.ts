import type { Knex } from 'knex';

/**
 * Whether a job holds one of the places that a limit of its type gives, from its first slice until it ends or rests. Jobs
 * of types without limits never do, so that their updates leave the index alone.
 */
export async function up(knex: Knex): Promise<void> {
  // Each step may be run again: MySQL commits after each.
  const isSqlite = knex.client.dialect === 'sqlite3';
  if (!(await knex.schema.hasColumn('progress_manager', 'has_place'))) {
    const type = isSqlite ? 'INTEGER' : 'TINYINT';
    await knex.raw(`ALTER TABLE progress_manager ADD COLUMN has_place ${type} NOT NULL DEFAULT 0`);
  }
  if (isSqlite) await knex.raw('CREATE INDEX IF NOT EXISTS ix_place ON progress_manager (type, has_place)');
  else if (!(await hasIndex(knex))) await knex.raw('ALTER TABLE progress_manager ADD INDEX ix_place (type, has_place)');
}

async function hasIndex(knex: Knex): Promise<boolean> {
  const [rows] = await knex.raw("SHOW INDEX FROM progress_manager WHERE Key_name = 'ix_place'");
  return rows.length > 0;
}

export async function down(knex: Knex): Promise<void> {
  if (knex.client.dialect === 'sqlite3') await knex.raw('DROP INDEX ix_place');
  else await knex.raw('ALTER TABLE progress_manager DROP INDEX ix_place');
  await knex.raw('ALTER TABLE progress_manager DROP COLUMN has_place');
}
