import type { EndedJob } from '../contracts/hook.js';
import type { TerminalStatus } from '../contracts/status.js';
import type { Database } from './database.js';
import { placeholders } from './placeholders.js';
import { fromStored, JOB_COLUMNS, type JobRow, toJob } from './row.js';
import { isDuplicate, isTransient } from './transient.js';

/** Rows in one statement: small enough for Galera's write sets. */
const BATCH = 500;
/** Ends that one process takes for a hook at once. */
const MOST_CLAIMED = 50;

/** What the look for owners is called; a hook's is called as the hook is. */
export const NOTIFICATION = 'notification';

/** Which ends are looked at: those of these jobs, or those since a time as it is stored. */
export type WhichEnds = { readonly ids: readonly string[] } | { readonly since: string };

/** The end of a job that one hook is still to be told. */
export interface UntoldEnd {
  /** `finished:<module>` */
  readonly hook: string;
  readonly jobId: string;
  /** The token of its end: each end has its own. */
  readonly endVersion: number;
  readonly job: EndedJob;
}

interface Claim {
  readonly won: readonly UntoldEnd[];
  readonly more: boolean;
}

/** How far all ends were looked at, and how far they may be taken for looked at after the next look. */
export interface Reach {
  readonly since: string;
  readonly until: string;
}

interface EndedRow extends JobRow {
  readonly lease_version: number | string;
}

interface ToldRow {
  readonly hook: string;
  readonly job_id: string;
  readonly end_version: number | string;
  readonly event: string;
  readonly due_at: string;
}

/** What lists and reads need not be in an event, and may be large. */
const COLUMNS = JOB_COLUMNS.filter((column) => !['data', 'result', 'inputs', 'outputs'].includes(column));

/**
 * Ends of jobs, from their rows, so that whoever ended one need do nothing for it: each end has a token of its own, and
 * a row that carries it says that this end was told.
 */
export class Ends {
  constructor(private readonly database: Database) {}

  /** Tells owners of successes and errors. One statement, which finds nothing the second time. */
  async notify(which: WhichEnds): Promise<void> {
    const { hint, where, bindings } = condition(which, this.database);
    const sql = `INSERT INTO progress_notification
        (user_id, job_id, end_version, job_number, job_name, job_type, status, created_at)
      SELECT created_by_id, id, lease_version, number, name, type, status, finished_at
        FROM progress_manager ${hint}
       WHERE status IN ('success', 'error') AND ${where}
         AND created_by_id IS NOT NULL AND is_hidden = 0 AND deleted = 0
         AND NOT EXISTS (SELECT 1 FROM progress_notification n WHERE n.job_id = progress_manager.id AND n.end_version = progress_manager.lease_version)
       ORDER BY finished_at, number LIMIT ?`;
    // Another process may tell the same in this moment; then the next try finds that it did.
    const add = () => this.database.changeAgain(sql, [...bindings, BATCH], isWorthAnother);
    while ((await add()) === BATCH);
  }

  /**
   * Ends that this hook has not been told yet are written down for it, and are the caller's to tell for a lease. `more`:
   * there may be others, also when all of these were another's.
   */
  async claimNew(hook: string, which: WhichEnds, leaseMs: number): Promise<Claim> {
    const { hint, where, bindings } = condition(which, this.database);
    const rows = await this.database.rows<EndedRow>(
      `SELECT ${COLUMNS.join(', ')}, lease_version
         FROM progress_manager ${hint}
        WHERE status IN ('success', 'error', 'cancelled') AND ${where} AND deleted = 0
          AND NOT EXISTS (SELECT 1 FROM progress_told t
                           WHERE t.hook = ? AND t.job_id = progress_manager.id AND t.end_version = progress_manager.lease_version)
        ORDER BY finished_at, number LIMIT ?`,
      [...bindings, hook, MOST_CLAIMED],
    );
    const won: UntoldEnd[] = [];
    for (const row of rows) {
      const end = { hook, jobId: row.id, endVersion: Number(row.lease_version), job: endedJob(row) };
      if (await this.#add(end, leaseMs)) won.push(end);
    }
    return { won, more: rows.length === MOST_CLAIMED };
  }

  /** Ends that somebody was to tell this hook and did not, for a process that died meanwhile. */
  async claimLeft(hook: string, leaseMs: number): Promise<Claim> {
    const { now, nowPlus } = this.database.dialect;
    const rows = await this.database.rows<ToldRow>(
      `SELECT hook, job_id, end_version, event, due_at FROM progress_told
        WHERE hook = ? AND due_at <= ${now()} ORDER BY due_at LIMIT ?`,
      [hook, MOST_CLAIMED],
    );
    const won: UntoldEnd[] = [];
    for (const { job_id: jobId, end_version, event } of rows) {
      const endVersion = Number(end_version);
      const sql = `UPDATE progress_told SET due_at = ${nowPlus()}
        WHERE hook = ? AND job_id = ? AND end_version = ? AND due_at <= ${now()}`;
      const changed = await this.database.changeAgain(sql, [leaseMs, hook, jobId, endVersion]);
      if (changed === 1) won.push({ hook, jobId, endVersion, job: JSON.parse(event) as EndedJob });
    }
    return { won, more: rows.length === MOST_CLAIMED };
  }

  /** It is still being told. */
  async renew({ hook, jobId, endVersion }: UntoldEnd, leaseMs: number): Promise<void> {
    const sql = `UPDATE progress_told SET due_at = ${this.database.dialect.nowPlus()}
      WHERE hook = ? AND job_id = ? AND end_version = ? AND due_at IS NOT NULL`;
    await this.database.changeAgain(sql, [leaseMs, hook, jobId, endVersion]);
  }

  async told({ hook, jobId, endVersion }: UntoldEnd): Promise<void> {
    const sql = 'UPDATE progress_told SET due_at = NULL WHERE hook = ? AND job_id = ? AND end_version = ?';
    await this.database.changeAgain(sql, [hook, jobId, endVersion]);
  }

  /** Begins the look of this name now, unless it began before: what ended earlier is nothing to it. */
  async begin(name: string): Promise<void> {
    const sql = `INSERT INTO progress_telling (name, looked_until) SELECT ?, ${this.database.dialect.now()} FROM (SELECT 1 AS one) AS o
      WHERE NOT EXISTS (SELECT 1 FROM progress_telling t WHERE t.name = ?)`;
    await this.database.changeAgain(sql, [name, name], isWorthAnother);
  }

  /** `marginMs`: an end may become visible so much later than it says. */
  async reach(name: string, marginMs: number): Promise<Reach | undefined> {
    const { time, nowPlus } = this.database.dialect;
    const [row] = await this.database.rows<{ since: string; until: string }>(
      `SELECT looked_until AS since, ${time(nowPlus())} AS until FROM progress_telling WHERE name = ?`,
      [-marginMs, name],
    );
    return row;
  }

  /** All ends until then were looked at. */
  async reached(name: string, { until }: Reach): Promise<void> {
    const time = this.database.dialect.time('?');
    const sql = `UPDATE progress_telling SET looked_until = ${time} WHERE name = ? AND looked_until < ${time}`;
    await this.database.changeAgain(sql, [until, name, until]);
  }

  /**
   * Removes what is older, and behind the look that would tell it again: of each kind the oldest, up to so many. `true`:
   * there may be more.
   */
  async prune(ageMs: number, limit: number): Promise<boolean> {
    const removed = [await this.#pruneNotifications(ageMs, limit), await this.#pruneTold(ageMs, limit)];
    return removed.includes(limit);
  }

  async #pruneNotifications(ageMs: number, limit: number): Promise<number> {
    const rows = await this.database.rows<{ id: number | string }>(
      `SELECT id FROM progress_notification WHERE created_at < ${this.database.dialect.nowPlus()}
          AND created_at < (SELECT t.looked_until FROM progress_telling t WHERE t.name = '${NOTIFICATION}')
        ORDER BY created_at LIMIT ?`,
      [-ageMs, limit],
    );
    const ids = rows.map(({ id }) => Number(id));
    const sql = `DELETE FROM progress_notification WHERE id IN (${placeholders(ids)})`;
    if (ids.length > 0) await this.database.changeAgain(sql, ids);
    return ids.length;
  }

  async #pruneTold(ageMs: number, limit: number): Promise<number> {
    const { nowPlus, among } = this.database.dialect;
    const rows = await this.database.rows<Pick<ToldRow, 'hook' | 'job_id' | 'end_version'>>(
      `SELECT hook, job_id, end_version FROM progress_told WHERE ended_at < ${nowPlus()} AND due_at IS NULL
          AND ended_at < (SELECT t.looked_until FROM progress_telling t WHERE t.name = progress_told.hook)
        ORDER BY ended_at LIMIT ?`,
      [-ageMs, limit],
    );
    const keys = rows.flatMap(({ hook, job_id, end_version }) => [hook, job_id, Number(end_version)]);
    const sql = `DELETE FROM progress_told WHERE ${among(['hook', 'job_id', 'end_version'], rows.length)}`;
    if (rows.length > 0) await this.database.changeAgain(sql, keys);
    return rows.length;
  }

  /** `false`: somebody else tells it. */
  async #add({ hook, jobId, endVersion, job }: UntoldEnd, leaseMs: number): Promise<boolean> {
    const { time, nowPlus } = this.database.dialect;
    const sql = `INSERT INTO progress_told (hook, job_id, end_version, event, ended_at, due_at)
      VALUES (?, ?, ?, ?, ${time('?')}, ${nowPlus()})`;
    const endedAt = job.finishedAt.replace('T', ' ').replace('Z', '');
    const bindings = [hook, jobId, endVersion, JSON.stringify(job), endedAt, leaseMs];
    try {
      return (await this.database.changeAgain(sql, bindings)) === 1;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }
}

const isWorthAnother = (error: unknown) => isTransient(error) || isDuplicate(error);

/** By the jobs' ids, or along the index (status, finished_at, number), whatever else the planner would walk. */
function condition(which: WhichEnds, { dialect }: Database) {
  if ('ids' in which) return { hint: '', where: `id IN (${placeholders(which.ids)})`, bindings: [...which.ids] };
  const where = `finished_at >= ${dialect.time('?')}`;
  return { hint: dialect.byIndex('ix_finished'), where, bindings: [which.since] };
}

function endedJob(row: EndedRow): EndedJob {
  const whole = toJob({ ...row, data: 'null', result: null, inputs: null, outputs: null });
  const { id, number, name, type, userId, isHidden, key, progress, counts, message, error } = whole;
  const { attempt, createdAt, startedAt } = whole;
  return {
    ...{ id, number, name, type, userId, isHidden, key, progress, counts, message, error },
    ...{ attempt, createdAt, startedAt },
    status: row.status as TerminalStatus,
    finishedAt: fromStored(row.finished_at) ?? whole.modifiedAt,
  };
}
