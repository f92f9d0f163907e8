import type { Knex } from 'knex';

/**
 * What jobs say – the lines of their logs and the messages to their owners – and which items failed or were skipped.
 * No foreign keys: a line is written beside the record of a slice, and must not wait for the lock on the job's row.
 * What outlives its job, pruning sweeps. Each step may be run again: MySQL commits after each.
 */
export async function up(knex: Knex): Promise<void> {
  for (const statement of knex.client.dialect === 'sqlite3' ? SQLITE : MYSQL) await knex.raw(statement);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTableIfExists('progress_job_item');
  await knex.schema.dropTableIfExists('progress_job_log');
}

const MYSQL = [
  `CREATE TABLE IF NOT EXISTS progress_job_log (
  job      BIGINT NOT NULL,
  -- 0: a line of the log; 1: a message to the owner
  kind     TINYINT NOT NULL,
  -- rises, with gaps: the lease's token, then the number of the line within that lease
  seq      BIGINT NOT NULL,
  at       DATETIME(3) NOT NULL,
  -- 1: info, 2: warning, 3: error
  level    TINYINT NOT NULL,
  message  TEXT NOT NULL,
  -- JSON
  details  TEXT NULL,
  attempt  INT NOT NULL,
  slice    BIGINT NOT NULL,
  -- what it counts towards the job's limit
  bytes    INT NOT NULL,
  -- the read that took this message away
  taken_by BINARY(16) NULL,
  PRIMARY KEY (job, kind, seq)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
  `CREATE TABLE IF NOT EXISTS progress_job_item (
  job      BIGINT NOT NULL,
  -- bytes of UTF-8: keys that differ in case or in a space at their end are two items
  item_key VARBINARY(255) NOT NULL,
  -- rises in the order of the items: the slice, then the place within it
  seq      BIGINT NOT NULL,
  outcome  VARCHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  reason   TEXT NULL,
  at       DATETIME(3) NOT NULL,
  attempt  INT NOT NULL,
  slice    BIGINT NOT NULL,
  PRIMARY KEY (job, item_key),
  KEY ix_order (job, seq)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
];

const SQLITE = [
  `CREATE TABLE IF NOT EXISTS progress_job_log (
  job      INTEGER NOT NULL,
  kind     INTEGER NOT NULL,
  seq      INTEGER NOT NULL,
  at       TEXT NOT NULL,
  level    INTEGER NOT NULL,
  message  TEXT NOT NULL,
  details  TEXT NULL,
  attempt  INTEGER NOT NULL,
  slice    INTEGER NOT NULL,
  bytes    INTEGER NOT NULL,
  taken_by BLOB NULL,
  PRIMARY KEY (job, kind, seq)
)`,
  `CREATE TABLE IF NOT EXISTS progress_job_item (
  job      INTEGER NOT NULL,
  item_key TEXT NOT NULL,
  seq      INTEGER NOT NULL,
  outcome  TEXT NOT NULL,
  reason   TEXT NULL,
  at       TEXT NOT NULL,
  attempt  INTEGER NOT NULL,
  slice    INTEGER NOT NULL,
  PRIMARY KEY (job, item_key)
)`,
  'CREATE INDEX IF NOT EXISTS ix_order ON progress_job_item (job, seq)',
];
