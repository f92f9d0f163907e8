import type { Knex } from 'knex';

/** The table of all jobs, and the uploads that jobs may name. Each step may be run again: MySQL commits after each. */
export async function up(knex: Knex): Promise<void> {
  const ddl = knex.client.dialect === 'sqlite3' ? SQLITE : MYSQL;
  for (const statement of ddl) await knex.raw(statement);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTableIfExists('progress_upload');
  await knex.schema.dropTableIfExists('progress_manager');
}

const MYSQL = [
  `CREATE TABLE IF NOT EXISTS progress_manager (
  number          BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id              CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  name            VARCHAR(255) NOT NULL,
  type            VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  status          VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT 'new',
  priority        SMALLINT NOT NULL DEFAULT 0,
  -- when the row may next be touched: run time of a waiting job, lease end of a running one, NULL when neither
  due_at          DATETIME(3) NULL,
  run_at          DATETIME(3) NULL,
  -- the fencing token: rises with every claim, cancel and release
  lease_version   BIGINT NOT NULL DEFAULT 0,
  -- 'host:pid/claim'; NULL when released cleanly
  lease_owner     VARBINARY(128) NULL,
  crash_count     SMALLINT NOT NULL DEFAULT 0,
  child_deaths    SMALLINT NOT NULL DEFAULT 0,
  attempt         SMALLINT NOT NULL DEFAULT 0,
  tries_used      SMALLINT NOT NULL DEFAULT 0,
  refusals        SMALLINT UNSIGNED NOT NULL DEFAULT 0,
  idle_slices     SMALLINT NOT NULL DEFAULT 0,
  slice_seq       BIGINT NOT NULL DEFAULT 0,
  write_id        BINARY(16) NULL,
  waits_for       BIGINT NULL,
  -- rises with every change that a reader can see
  revision        BIGINT NOT NULL DEFAULT 0,
  progress        DECIMAL(5,2) NOT NULL DEFAULT 0,
  progress_offset BIGINT NOT NULL DEFAULT 0,
  processed       BIGINT NOT NULL DEFAULT 0,
  total           BIGINT NULL,
  failed          BIGINT NOT NULL DEFAULT 0,
  skipped         BIGINT NOT NULL DEFAULT 0,
  message         TEXT NULL,
  error           MEDIUMTEXT NULL,
  job_key         VARCHAR(255) COLLATE utf8mb4_bin NULL,
  -- SHA-256 of type and key
  key_hash        BINARY(32) NULL,
  active_key      BINARY(32) AS (CASE WHEN deleted = 0 AND status NOT IN ('success', 'error', 'cancelled') THEN key_hash END) STORED,
  is_finished     TINYINT AS (CASE WHEN status IN ('success', 'error', 'cancelled') THEN 1 ELSE 0 END) STORED,
  created_by_id   VARCHAR(255) COLLATE utf8mb4_bin NULL,
  is_hidden       TINYINT NOT NULL DEFAULT 0,
  is_closed       TINYINT NOT NULL DEFAULT 0,
  deleted         TINYINT NOT NULL DEFAULT 0,
  created_at      DATETIME(3) NOT NULL,
  modified_at     DATETIME(3) NOT NULL,
  started_at      DATETIME(3) NULL,
  finished_at     DATETIME(3) NULL,
  data            MEDIUMTEXT NOT NULL,
  result          MEDIUMTEXT NULL,
  inputs          MEDIUMTEXT NULL,
  outputs         MEDIUMTEXT NULL,
  UNIQUE KEY uq_id (id),
  UNIQUE KEY uq_active (active_key),
  KEY ix_due (type, due_at, number),
  KEY ix_finished (status, finished_at, number),
  KEY ix_owner (created_by_id, deleted, is_hidden, is_closed, is_finished, number),
  KEY ix_all (deleted, is_hidden, is_closed, is_finished, number),
  CONSTRAINT progress_in_range CHECK (progress BETWEEN 0 AND 100)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
  `CREATE TABLE IF NOT EXISTS progress_upload (
  id            CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
  name          VARCHAR(255) NOT NULL,
  size          BIGINT NOT NULL,
  created_by_id VARCHAR(255) COLLATE utf8mb4_bin NULL,
  -- the job that it was pushed with; an upload serves one job
  job_id        CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
  created_at    DATETIME(3) NOT NULL,
  KEY ix_job (job_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci`,
];

// Times are text, `YYYY-MM-DD HH:MM:SS.mmm` in UTC: it sorts as time does, and equals what MySQL gives.
const SQLITE = [
  `CREATE TABLE IF NOT EXISTS progress_manager (
  number          INTEGER PRIMARY KEY AUTOINCREMENT,
  id              TEXT NOT NULL UNIQUE,
  name            TEXT NOT NULL,
  type            TEXT NOT NULL,
  status          TEXT NOT NULL DEFAULT 'new',
  priority        INTEGER NOT NULL DEFAULT 0,
  due_at          TEXT NULL,
  run_at          TEXT NULL,
  lease_version   INTEGER NOT NULL DEFAULT 0,
  lease_owner     TEXT NULL,
  crash_count     INTEGER NOT NULL DEFAULT 0,
  child_deaths    INTEGER NOT NULL DEFAULT 0,
  attempt         INTEGER NOT NULL DEFAULT 0,
  tries_used      INTEGER NOT NULL DEFAULT 0,
  refusals        INTEGER NOT NULL DEFAULT 0,
  idle_slices     INTEGER NOT NULL DEFAULT 0,
  slice_seq       INTEGER NOT NULL DEFAULT 0,
  write_id        BLOB NULL,
  waits_for       INTEGER NULL,
  revision        INTEGER NOT NULL DEFAULT 0,
  progress        REAL NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 100),
  progress_offset INTEGER NOT NULL DEFAULT 0,
  processed       INTEGER NOT NULL DEFAULT 0,
  total           INTEGER NULL,
  failed          INTEGER NOT NULL DEFAULT 0,
  skipped         INTEGER NOT NULL DEFAULT 0,
  message         TEXT NULL,
  error           TEXT NULL,
  job_key         TEXT NULL,
  key_hash        BLOB NULL,
  active_key      BLOB GENERATED ALWAYS AS (CASE WHEN deleted = 0 AND status NOT IN ('success', 'error', 'cancelled') THEN key_hash END) VIRTUAL,
  is_finished     INTEGER GENERATED ALWAYS AS (CASE WHEN status IN ('success', 'error', 'cancelled') THEN 1 ELSE 0 END) VIRTUAL,
  created_by_id   TEXT NULL,
  is_hidden       INTEGER NOT NULL DEFAULT 0,
  is_closed       INTEGER NOT NULL DEFAULT 0,
  deleted         INTEGER NOT NULL DEFAULT 0,
  created_at      TEXT NOT NULL,
  modified_at     TEXT NOT NULL,
  started_at      TEXT NULL,
  finished_at     TEXT NULL,
  data            TEXT NOT NULL,
  result          TEXT NULL,
  inputs          TEXT NULL,
  outputs         TEXT NULL
)`,
  'CREATE UNIQUE INDEX IF NOT EXISTS uq_active ON progress_manager (active_key)',
  'CREATE INDEX IF NOT EXISTS ix_due ON progress_manager (type, due_at, number)',
  'CREATE INDEX IF NOT EXISTS ix_finished ON progress_manager (status, finished_at, number)',
  'CREATE INDEX IF NOT EXISTS ix_owner ON progress_manager (created_by_id, deleted, is_hidden, is_closed, is_finished, number)',
  'CREATE INDEX IF NOT EXISTS ix_all ON progress_manager (deleted, is_hidden, is_closed, is_finished, number)',
  `CREATE TABLE IF NOT EXISTS progress_upload (
  id            TEXT PRIMARY KEY,
  name          TEXT NOT NULL,
  size          INTEGER NOT NULL,
  created_by_id TEXT NULL,
  job_id        TEXT NULL,
  created_at    TEXT NOT NULL
)`,
  'CREATE INDEX IF NOT EXISTS ix_job ON progress_upload (job_id)',
];
