CREATE TABLE progress_access_key (
    id         TEXT    NOT NULL PRIMARY KEY,
    key_hash   TEXT    NOT NULL UNIQUE,
    user_id    TEXT    NOT NULL,
    is_admin   INTEGER NOT NULL,
    created_at TEXT    NOT NULL,
    revoked_at TEXT    NULL
  );

CREATE TABLE progress_child (
  child  INTEGER NOT NULL PRIMARY KEY,
  parent INTEGER NOT NULL,
  wave   INTEGER NOT NULL,
  weight REAL NOT NULL
);

CREATE INDEX ix_wave ON progress_child (parent, wave, child);

CREATE TABLE progress_family (
  parent   INTEGER NOT NULL PRIMARY KEY,
  wave     INTEGER NOT NULL,
  mark     INTEGER NOT NULL,
  bar_from REAL NOT NULL,
  bar_to   REAL NOT NULL,
  look_at  TEXT NULL
);

CREATE INDEX ix_look ON progress_family (look_at);

CREATE TABLE progress_gate (
  scope           TEXT NOT NULL PRIMARY KEY,
  passes          INTEGER NOT NULL DEFAULT 0,
  begun           TEXT NULL,
  throttled_until TEXT NULL,
  throttled_why   TEXT NULL
);

CREATE TABLE progress_job_item (
  job      INTEGER NOT NULL,
  item_key TEXT NOT NULL,
  seq      INTEGER NOT NULL,
  outcome  TEXT NOT NULL,
  reason   TEXT NULL,
  at       TEXT NOT NULL,
  attempt  INTEGER NOT NULL,
  slice    INTEGER NOT NULL,
  PRIMARY KEY (job, item_key)
);

CREATE INDEX ix_order ON progress_job_item (job, seq);

CREATE TABLE progress_job_log (
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
);

CREATE TABLE progress_manager (
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
, pushed_data TEXT NULL, is_isolated INTEGER NOT NULL DEFAULT 0, eta_at TEXT NULL, pace TEXT NULL, phase TEXT NULL, version INTEGER NOT NULL DEFAULT 1, pushed_version INTEGER NULL, secret_key TEXT NULL, secrets TEXT NULL, job_group TEXT NULL, next_jobs TEXT NULL, parent BIGINT NULL, children TEXT NULL, has_place INTEGER NOT NULL DEFAULT 0, schedule_key TEXT NULL);

CREATE INDEX ix_all ON progress_manager (deleted, is_hidden, is_closed, is_finished, number);

CREATE INDEX ix_due ON progress_manager (type, due_at, number);

CREATE INDEX ix_finished ON progress_manager (status, finished_at, number);

CREATE INDEX ix_group ON progress_manager (job_group, number);

CREATE INDEX ix_owner ON progress_manager (created_by_id, deleted, is_hidden, is_closed, is_finished, number);

CREATE INDEX ix_place ON progress_manager (type, has_place);

CREATE UNIQUE INDEX uq_active ON progress_manager (active_key);

CREATE TABLE `progress_manager_migrations` (`id` integer not null primary key autoincrement, `name` varchar(255), `batch` integer, `migration_time` datetime);

CREATE TABLE `progress_manager_migrations_lock` (`index` integer not null primary key autoincrement, `is_locked` integer);

CREATE TABLE progress_notification (
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
  );

CREATE INDEX ix_notification_all ON progress_notification (user_id, id);

CREATE INDEX ix_notification_created ON progress_notification (created_at);

CREATE INDEX ix_notification_user ON progress_notification (user_id, read_at, id);

CREATE UNIQUE INDEX uq_notification_end ON progress_notification (job_id, end_version);

CREATE TABLE progress_pause (
  scope     TEXT NOT NULL PRIMARY KEY,
  paused_at TEXT NOT NULL,
  paused_by TEXT NULL
);

CREATE TABLE progress_schedule (
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
  );

CREATE TABLE progress_schedule_tick (
    schedule_key  TEXT    NOT NULL,
    tick_at       TEXT    NOT NULL,
    outcome       TEXT    NOT NULL,
    job_id        TEXT    NULL,
    reason        TEXT    NULL,
    created_at    TEXT    NOT NULL,
    PRIMARY KEY (schedule_key, tick_at)
  );

CREATE TABLE progress_session (
    token_hash TEXT    NOT NULL PRIMARY KEY,
    key_id     TEXT    NULL,
    user_id    TEXT    NOT NULL,
    is_admin   INTEGER NOT NULL,
    created_at TEXT    NOT NULL,
    expires_at TEXT    NOT NULL
  );

CREATE INDEX ix_progress_session_expires ON progress_session (expires_at);

CREATE TABLE progress_telling (
    name         TEXT NOT NULL PRIMARY KEY,
    looked_until TEXT NOT NULL
  );

CREATE TABLE progress_told (
    hook        TEXT NOT NULL,
    job_id      TEXT NOT NULL,
    end_version INTEGER NOT NULL,
    event       TEXT NOT NULL,
    ended_at    TEXT NOT NULL,
    due_at      TEXT NULL,
    PRIMARY KEY (hook, job_id, end_version)
  );

CREATE INDEX ix_told_due ON progress_told (hook, due_at);

CREATE INDEX ix_told_ended ON progress_told (ended_at);

CREATE TABLE progress_upload (
  id            TEXT PRIMARY KEY,
  name          TEXT NOT NULL,
  size          INTEGER NOT NULL,
  created_by_id TEXT NULL,
  job_id        TEXT NULL,
  created_at    TEXT NOT NULL
);

CREATE INDEX ix_job ON progress_upload (job_id);

CREATE TABLE progress_worker (
  id         TEXT NOT NULL PRIMARY KEY,
  types      TEXT NOT NULL,
  places     INTEGER NOT NULL,
  started_at TEXT NOT NULL,
  seen_at    TEXT NOT NULL
, left_slices INTEGER NOT NULL DEFAULT 0, begun_claim INTEGER NULL, begun_number INTEGER NULL);

CREATE TABLE sqlite_sequence(name,seq);
