import type { Knex } from 'knex';

/**
 * One index fewer for each job that comes and goes: places are found in the line itself, and ends by their time alone,
 * so that the beginning of a job moves no entry among the finished ones. Nobody is without an index meanwhile: on MySQL
 * it is one change, which reads and writes go on beside.
 */
export async function up(knex: Knex): Promise<void> {
  const due = '(type, has_place, due_at, number)';
  if (isSqlite(knex)) await replaced(knex, due, '(finished_at, number)');
  else if (await hasPlaces(knex)) await knex.raw(`${altered(due, '(finished_at, number)')}, DROP INDEX ix_place`);
}

export async function down(knex: Knex): Promise<void> {
  const due = '(type, due_at, number)';
  if (isSqlite(knex)) {
    await replaced(knex, due, '(status, finished_at, number)');
    await knex.raw('CREATE INDEX ix_place ON progress_manager (type, has_place)');
  } else await knex.raw(`${altered(due, '(status, finished_at, number)')}, ADD INDEX ix_place (type, has_place)`);
}

const isSqlite = (knex: Knex) => knex.client.dialect === 'sqlite3';

const altered = (due: string, finished: string) => `ALTER TABLE progress_manager
  DROP INDEX ix_due, ADD INDEX ix_due ${due}, DROP INDEX ix_finished, ADD INDEX ix_finished ${finished}`;

async function replaced(knex: Knex, due: string, finished: string): Promise<void> {
  for (const index of ['ix_due', 'ix_finished', 'ix_place']) await knex.raw(`DROP INDEX IF EXISTS ${index}`);
  await knex.raw(`CREATE INDEX ix_due ON progress_manager ${due}`);
  await knex.raw(`CREATE INDEX ix_finished ON progress_manager ${finished}`);
}

/** It may be run again: then the change has been made. */
async function hasPlaces(knex: Knex): Promise<boolean> {
  const [rows] = await knex.raw("SHOW INDEX FROM progress_manager WHERE Key_name = 'ix_place'");
  return rows.length > 0;
}
