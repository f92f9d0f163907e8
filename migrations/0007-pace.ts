import type { Knex } from 'knex';

/** When a running job will have ended (`eta_at`), how fast it has come on (`pace`), and which of its phases it is in. */
export async function up(knex: Knex): Promise<void> {
  // Each step may be run again: MySQL commits after each.
  for (const [column, type] of Object.entries(isSqlite(knex) ? ON_SQLITE : ON_MYSQL)) {
    if (await knex.schema.hasColumn('progress_manager', column)) continue;
    await knex.raw(`ALTER TABLE progress_manager ADD COLUMN ${column} ${type} NULL`);
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const column of Object.keys(ON_SQLITE)) await knex.raw(`ALTER TABLE progress_manager DROP COLUMN ${column}`);
}

const ON_SQLITE = { eta_at: 'TEXT', pace: 'TEXT', phase: 'TEXT' };
const ON_MYSQL = {
  eta_at: 'DATETIME(3)',
  pace: 'VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin',
  phase: 'VARCHAR(255)',
};

const isSqlite = (knex: Knex) => knex.client.dialect === 'sqlite3';
