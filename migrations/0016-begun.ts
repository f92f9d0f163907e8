import type { Knex } from 'knex';

const COLUMNS = ['begun_claim', 'begun_number'];

/**
 * How far a worker has begun what it prefetched: which of its claims, and which job of that; NULL where it has not said.
 * Both ways may be run again: MySQL commits after each step.
 */
export async function up(knex: Knex): Promise<void> {
  const type = knex.client.dialect === 'sqlite3' ? 'INTEGER' : 'BIGINT';
  for (const column of COLUMNS) {
    if (await knex.schema.hasColumn('progress_worker', column)) continue;
    await knex.raw(`ALTER TABLE progress_worker ADD COLUMN ${column} ${type} NULL`);
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const column of COLUMNS) {
    if (!(await knex.schema.hasColumn('progress_worker', column))) continue;
    await knex.raw(`ALTER TABLE progress_worker DROP COLUMN ${column}`);
  }
}
