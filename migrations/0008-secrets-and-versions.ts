import type { Knex } from 'knex';

/**
 * What a worker must have for a job: the version of its data, and the key of its sealed secrets. Both stand in the row,
 * because the claim asks for them, and because sealed values must go with the row, whoever removes it.
 */
export async function up(knex: Knex): Promise<void> {
  for (const [column, definition] of isSqlite(knex) ? SQLITE : MYSQL) {
    // Each step may be run again: MySQL commits after each.
    if (await knex.schema.hasColumn('progress_manager', column)) continue;
    await knex.raw(`ALTER TABLE progress_manager ADD COLUMN ${column} ${definition}`);
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const [column] of [...MYSQL].reverse()) {
    await knex.raw(`ALTER TABLE progress_manager DROP COLUMN ${column}`);
  }
}

type Columns = readonly (readonly [name: string, definition: string])[];

const ASCII = 'CHARACTER SET ascii COLLATE ascii_bin';
const MYSQL: Columns = [
  ['version', 'SMALLINT NOT NULL DEFAULT 1'],
  // that of pushed_data, once a migration has changed the other
  ['pushed_version', 'SMALLINT NULL'],
  ['secret_key', `VARCHAR(40) ${ASCII} NULL`],
  ['secrets', `MEDIUMTEXT ${ASCII} NULL`],
];
const SQLITE: Columns = [
  ['version', 'INTEGER NOT NULL DEFAULT 1'],
  ['pushed_version', 'INTEGER NULL'],
  ['secret_key', 'TEXT NULL'],
  ['secrets', 'TEXT NULL'],
];

const isSqlite = (knex: Knex) => knex.client.dialect === 'sqlite3';
