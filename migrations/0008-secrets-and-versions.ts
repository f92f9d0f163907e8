import type { Knex } from 'knex';

/**
 * What a worker must have for a job: the version of its data, and the key of its sealed secrets. Both stand in the row,
 * because the claim asks for them, and because sealed values must go with the row, whoever removes it. And the tables
 * of what was told of ended jobs: to their owners, and to the hooks of modules.
 */
export async function up(knex: Knex): Promise<void> {
  for (const [column, definition] of isSqlite(knex) ? SQLITE : MYSQL) {
    // Each step may be run again: MySQL commits after each.
    if (await knex.schema.hasColumn('progress_manager', column)) continue;
    await knex.raw(`ALTER TABLE progress_manager ADD COLUMN ${column} ${definition}`);
  }
  for (const statement of isSqlite(knex) ? SQLITE_TABLES : MYSQL_TABLES) await knex.raw(statement);
  const now = isSqlite(knex) ? "strftime('%Y-%m-%d %H:%M:%f', 'now')" : 'UTC_TIMESTAMP(3)';
  // What ended before nobody waits to hear.
  await knex.raw(
    `INSERT INTO progress_telling (name, looked_until) SELECT 'notification', ${now} FROM (SELECT 1 AS one) AS o
      WHERE NOT EXISTS (SELECT 1 FROM progress_telling t WHERE t.name = 'notification')`,
  );
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['progress_notification', 'progress_told', 'progress_telling']) {
    await knex.schema.dropTableIfExists(table);
  }
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

/** User ids compare byte by byte: two that differ in case or accents are two people. */
const BINARY = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';
const MYSQL_TABLES = [
  `CREATE TABLE IF NOT EXISTS progress_notification (
    id          BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id     VARCHAR(255) ${BINARY} NOT NULL,
    job_id      CHAR(36) ${ASCII} NOT NULL,
    -- the job's token when it ended: a job that is tried again ends again, with another
    end_version BIGINT NOT NULL,
    job_number  BIGINT NOT NULL,
    job_name    VARCHAR(255) NOT NULL,
    job_type    VARCHAR(100) ${ASCII} NOT NULL,
    status      VARCHAR(16) ${ASCII} NOT NULL,
    created_at  DATETIME(3) NOT NULL,
    read_at     DATETIME(3) NULL,
    UNIQUE KEY uq_notification_end (job_id, end_version),
    KEY ix_notification_user (user_id, read_at, id),
    KEY ix_notification_all (user_id, id),
    KEY ix_notification_created (created_at)
  ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  `CREATE TABLE IF NOT EXISTS progress_told (
    hook        VARCHAR(255) ${BINARY} NOT NULL,
    job_id      CHAR(36) ${ASCII} NOT NULL,
    end_version BIGINT NOT NULL,
    event       MEDIUMTEXT NOT NULL,
    ended_at    DATETIME(3) NOT NULL,
    -- until then somebody is telling it; NULL when it was told
    due_at      DATETIME(3) NULL,
    PRIMARY KEY (hook, job_id, end_version),
    KEY ix_told_due (hook, due_at),
    KEY ix_told_ended (ended_at)
  ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  `CREATE TABLE IF NOT EXISTS progress_telling (
    name         VARCHAR(255) ${BINARY} NOT NULL PRIMARY KEY,
    looked_until DATETIME(3) NOT NULL
  ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
];
const SQLITE_TABLES = [
  `CREATE TABLE IF NOT EXISTS progress_notification (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id     TEXT NOT NULL,
    job_id      TEXT NOT NULL,
    end_version INTEGER NOT NULL,
    job_number  INTEGER NOT NULL,
    job_name    TEXT NOT NULL,
    job_type    TEXT NOT NULL,
    status      TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    read_at     TEXT NULL
  )`,
  'CREATE UNIQUE INDEX IF NOT EXISTS uq_notification_end ON progress_notification (job_id, end_version)',
  'CREATE INDEX IF NOT EXISTS ix_notification_user ON progress_notification (user_id, read_at, id)',
  'CREATE INDEX IF NOT EXISTS ix_notification_all ON progress_notification (user_id, id)',
  'CREATE INDEX IF NOT EXISTS ix_notification_created ON progress_notification (created_at)',
  `CREATE TABLE IF NOT EXISTS progress_told (
    hook        TEXT NOT NULL,
    job_id      TEXT NOT NULL,
    end_version INTEGER NOT NULL,
    event       TEXT NOT NULL,
    ended_at    TEXT NOT NULL,
    due_at      TEXT NULL,
    PRIMARY KEY (hook, job_id, end_version)
  )`,
  'CREATE INDEX IF NOT EXISTS ix_told_due ON progress_told (hook, due_at)',
  'CREATE INDEX IF NOT EXISTS ix_told_ended ON progress_told (ended_at)',
  `CREATE TABLE IF NOT EXISTS progress_telling (
    name         TEXT NOT NULL PRIMARY KEY,
    looked_until TEXT NOT NULL
  )`,
];

const isSqlite = (knex: Knex) => knex.client.dialect === 'sqlite3';
