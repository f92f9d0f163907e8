import type { Knex } from 'knex';

/** What holds jobs back: limits of types, pauses of types, and which workers there are. Each step may be run again. */
export async function up(knex: Knex): Promise<void> {
  for (const statement of isSqlite(knex) ? SQLITE : MYSQL) await knex.raw(statement);
  if (await knex.schema.hasColumn('progress_manager', 'job_group')) return;
  const text = isSqlite(knex) ? 'TEXT' : 'VARCHAR(255) COLLATE utf8mb4_bin';
  await knex.raw(`ALTER TABLE progress_manager ADD COLUMN job_group ${text} NULL`);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('ALTER TABLE progress_manager DROP COLUMN job_group');
  for (const table of ['progress_gate', 'progress_pause', 'progress_worker'])
    await knex.schema.dropTableIfExists(table);
}

const isSqlite = (knex: Knex) => knex.client.dialect === 'sqlite3';

const MYSQL = [
  // One row for each type with a limit: claims of such a type follow one another through it.
  `CREATE TABLE IF NOT EXISTS progress_gate (
  scope           VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  passes          BIGINT NOT NULL DEFAULT 0,
  -- when jobs began, as far as a rate still looks: times with commas between them
  begun           MEDIUMTEXT NULL,
  throttled_until DATETIME(3) NULL,
  throttled_why   TEXT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  `CREATE TABLE IF NOT EXISTS progress_pause (
  -- a type, or * for all
  scope     VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  paused_at DATETIME(3) NOT NULL,
  paused_by VARCHAR(255) COLLATE utf8mb4_bin NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  `CREATE TABLE IF NOT EXISTS progress_worker (
  -- 'host:pid/boot'
  id         VARBINARY(100) NOT NULL PRIMARY KEY,
  types      MEDIUMTEXT NOT NULL,
  places     INT NOT NULL,
  started_at DATETIME(3) NOT NULL,
  seen_at    DATETIME(3) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
];

const SQLITE = [
  `CREATE TABLE IF NOT EXISTS progress_gate (
  scope           TEXT NOT NULL PRIMARY KEY,
  passes          INTEGER NOT NULL DEFAULT 0,
  begun           TEXT NULL,
  throttled_until TEXT NULL,
  throttled_why   TEXT NULL
)`,
  `CREATE TABLE IF NOT EXISTS progress_pause (
  scope     TEXT NOT NULL PRIMARY KEY,
  paused_at TEXT NOT NULL,
  paused_by TEXT NULL
)`,
  `CREATE TABLE IF NOT EXISTS progress_worker (
  id         TEXT NOT NULL PRIMARY KEY,
  types      TEXT NOT NULL,
  places     INTEGER NOT NULL,
  started_at TEXT NOT NULL,
  seen_at    TEXT NOT NULL
)`,
];
