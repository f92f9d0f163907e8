import type { Knex } from 'knex';

/** The numbers of the jobs that start when this one succeeds, as JSON; those jobs name it in `waits_for`. */
export async function up(knex: Knex): Promise<void> {
  // Each step may be run again: MySQL commits after each.
  if (await knex.schema.hasColumn('progress_manager', 'next_jobs')) return;
  await knex.raw('ALTER TABLE progress_manager ADD COLUMN next_jobs TEXT NULL');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE progress_manager DROP COLUMN next_jobs');
}
