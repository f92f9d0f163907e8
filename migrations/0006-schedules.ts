import type { Knex } from 'knex';

/** Adds the tables of schedules and of what became of their runs. Running it again changes nothing. */
export async function up(knex: Knex): Promise<void> {
  for (const statement of knex.client.dialect === 'sqlite3' ? SQLITE : MYSQL) await knex.raw(statement);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTableIfExists('progress_schedule_tick');
  await knex.schema.dropTableIfExists('progress_schedule');
}

const MYSQL = [
  `CREATE TABLE IF NOT EXISTS progress_schedule (
    schedule_key  VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    module        VARCHAR(255) NOT NULL,
    type          VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    cron          VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    time_zone     VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    is_paused     TINYINT NOT NULL DEFAULT 0,
    -- runs up to here are pushed, skipped or let pass; rises only
    decided_until DATETIME(3) NOT NULL,
    -- the last run that progress_schedule_tick knows
    last_tick     DATETIME(3) NULL,
    seen_at       DATETIME(3) NOT NULL,
    error         TEXT NULL,
    error_at      DATETIME(3) NULL
  ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  `CREATE TABLE IF NOT EXISTS progress_schedule_tick (
    schedule_key  VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- the nominal time in UTC: one run, one row
    tick_at       DATETIME(3) NOT NULL,
    outcome       VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    job_id        CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
    reason        TEXT NULL,
    created_at    DATETIME(3) NOT NULL,
    PRIMARY KEY (schedule_key, tick_at)
  ) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
];

const SQLITE = [
  `CREATE TABLE IF NOT EXISTS progress_schedule (
    schedule_key  TEXT    NOT NULL PRIMARY KEY,
    module        TEXT    NOT NULL,
    type          TEXT    NOT NULL,
    cron          TEXT    NOT NULL,
    time_zone     TEXT    NOT NULL,
    is_paused     INTEGER NOT NULL DEFAULT 0,
    decided_until TEXT    NOT NULL,
    last_tick     TEXT    NULL,
    seen_at       TEXT    NOT NULL,
    error         TEXT    NULL,
    error_at      TEXT    NULL
  )`,
  `CREATE TABLE IF NOT EXISTS progress_schedule_tick (
    schedule_key  TEXT    NOT NULL,
    tick_at       TEXT    NOT NULL,
    outcome       TEXT    NOT NULL,
    job_id        TEXT    NULL,
    reason        TEXT    NULL,
    created_at    TEXT    NOT NULL,
    PRIMARY KEY (schedule_key, tick_at)
  )`,
];
