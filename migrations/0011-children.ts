import type { Knex } from 'knex';

/**
 * Jobs that a job adds and waits for. Who belongs to whom stands in a table of its own: an index over all jobs would
 * cost every push. Each step may be run again: MySQL commits after each.
 */
export async function up(knex: Knex): Promise<void> {
  for (const statement of isSqlite(knex) ? SQLITE : MYSQL) await knex.raw(statement);
  for (const [column, type] of COLUMNS) {
    if (await knex.schema.hasColumn('progress_manager', column)) continue;
    await knex.raw(`ALTER TABLE progress_manager ADD COLUMN ${column} ${type} NULL`);
  }
}

export async function down(knex: Knex): Promise<void> {
  for (const [column] of COLUMNS) await knex.raw(`ALTER TABLE progress_manager DROP COLUMN ${column}`);
  for (const table of ['progress_family', 'progress_child']) await knex.schema.dropTableIfExists(table);
}

/** The number of the job that added this one; of one that has added others how they stand, as JSON. */
const COLUMNS = [
  ['parent', 'BIGINT'],
  ['children', 'TEXT'],
] as const;

const isSqlite = (knex: Knex) => knex.client.dialect === 'sqlite3';

const MYSQL = [
  `CREATE TABLE IF NOT EXISTS progress_child (
  child  BIGINT NOT NULL PRIMARY KEY,
  parent BIGINT NOT NULL,
  -- children that were added by one slice
  wave   BIGINT NOT NULL,
  weight DOUBLE NOT NULL,
  KEY ix_wave (parent, wave, child)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  // One row for each job with children: its last wave, and what part of the bar is theirs.
  `CREATE TABLE IF NOT EXISTS progress_family (
  parent   BIGINT NOT NULL PRIMARY KEY,
  wave     BIGINT NOT NULL,
  -- another number each time that the parent begins to wait
  mark     BIGINT NOT NULL,
  bar_from DOUBLE NOT NULL,
  bar_to   DOUBLE NOT NULL,
  -- NULL: the parent waits no more
  look_at  DATETIME(3) NULL,
  KEY ix_look (look_at)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
];

const SQLITE = [
  `CREATE TABLE IF NOT EXISTS progress_child (
  child  INTEGER NOT NULL PRIMARY KEY,
  parent INTEGER NOT NULL,
  wave   INTEGER NOT NULL,
  weight REAL NOT NULL
)`,
  'CREATE INDEX IF NOT EXISTS ix_wave ON progress_child (parent, wave, child)',
  `CREATE TABLE IF NOT EXISTS progress_family (
  parent   INTEGER NOT NULL PRIMARY KEY,
  wave     INTEGER NOT NULL,
  mark     INTEGER NOT NULL,
  bar_from REAL NOT NULL,
  bar_to   REAL NOT NULL,
  look_at  TEXT NULL
)`,
  'CREATE INDEX IF NOT EXISTS ix_look ON progress_family (look_at)',
];
