import type { Knex } from 'knex';

/** Adds the tables of access keys and sessions. Running it again changes nothing. */
export async function up(knex: Knex): Promise<void> {
  for (const statement of knex.client.dialect === 'sqlite3' ? SQLITE : MYSQL) await knex.raw(statement);
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTableIfExists('progress_session');
  await knex.schema.dropTableIfExists('progress_access_key');
}

/** Hashes and ids compare byte by byte, user ids too: two that differ in case or accents are two people. */
const MYSQL = [
  `CREATE TABLE IF NOT EXISTS progress_access_key (
    id         CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    key_hash   CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    user_id    VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    is_admin   TINYINT NOT NULL,
    created_at DATETIME(3) NOT NULL,
    revoked_at DATETIME(3) NULL,
    UNIQUE KEY uq_progress_access_key_hash (key_hash)
  ) ENGINE=InnoDB`,
  `CREATE TABLE IF NOT EXISTS progress_session (
    token_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    key_id     CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
    user_id    VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    is_admin   TINYINT NOT NULL,
    created_at DATETIME(3) NOT NULL,
    expires_at DATETIME(3) NOT NULL,
    KEY ix_progress_session_expires (expires_at)
  ) ENGINE=InnoDB`,
];

const SQLITE = [
  `CREATE TABLE IF NOT EXISTS progress_access_key (
    id         TEXT    NOT NULL PRIMARY KEY,
    key_hash   TEXT    NOT NULL UNIQUE,
    user_id    TEXT    NOT NULL,
    is_admin   INTEGER NOT NULL,
    created_at TEXT    NOT NULL,
    revoked_at TEXT    NULL
  )`,
  `CREATE TABLE IF NOT EXISTS progress_session (
    token_hash TEXT    NOT NULL PRIMARY KEY,
    key_id     TEXT    NULL,
    user_id    TEXT    NOT NULL,
    is_admin   INTEGER NOT NULL,
    created_at TEXT    NOT NULL,
    expires_at TEXT    NOT NULL
  )`,
  'CREATE INDEX IF NOT EXISTS ix_progress_session_expires ON progress_session (expires_at)',
];
