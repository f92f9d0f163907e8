import type { Knex } from 'knex';
import { KeyBusyError } from '../contracts/errors.js';
import type {
  Decided,
  Decision,
  DeclaredSchedule,
  ListedSchedule,
  ScheduleState,
  ScheduleStore,
  ScheduleTimes,
} from '../contracts/schedule-store.js';
import type { Binding, Database } from './database.js';
import { JobInserts } from './job-inserts.js';
import { placeholders } from './placeholders.js';
import { fromStored, toStored } from './row.js';
import { LISTED_COLUMNS, type ListedRow, STATE_COLUMNS, type StateRow, toListed, toState } from './schedule-row.js';
import { isDuplicate, isTransient, retryTransient } from './transient.js';

type WithNow<Row> = { readonly clock: string } & (Row | { readonly schedule_key: null });

/** A key that was held when the job was inserted, and was free when its holder was looked up: the insert is tried again. */
const asTransientOrFreed = (error: unknown) => isTransient(error) || isDuplicate(error);

/** Schedules in the tables `progress_schedule` and `progress_schedule_tick`, on MySQL, MariaDB and SQLite. */
export class KnexScheduleStore implements ScheduleStore {
  readonly #inserts: JobInserts;

  constructor(private readonly database: Database) {
    this.#inserts = new JobInserts(database);
  }

  async look(keys: readonly string[]) {
    const { now, rows } = await this.#withNow<StateRow>(
      STATE_COLUMNS,
      `LEFT JOIN progress_schedule AS s ON s.schedule_key IN (${placeholders(keys)})`,
      keys,
    );
    return { now, states: new Map<string, ScheduleState>(rows.map((row) => [row.schedule_key, toState(row)])) };
  }

  async list(): Promise<{ readonly now: string; readonly list: readonly ListedSchedule[] }> {
    const { now, rows } = await this.#withNow<ListedRow>(
      LISTED_COLUMNS,
      `LEFT JOIN progress_schedule AS s ON 1 = 1
       LEFT JOIN progress_schedule_tick AS t ON t.schedule_key = s.schedule_key AND t.tick_at = s.last_tick
       LEFT JOIN progress_manager AS p ON p.id = t.job_id AND p.deleted = 0
       ORDER BY s.schedule_key`,
      [],
    );
    return { now, list: rows.map(toListed) };
  }

  /** Never in the past: what was due before this moment was not, or not by these times. */
  async declare({ key, module, type, cron, timeZone }: DeclaredSchedule): Promise<void> {
    const { now } = this.database.dialect;
    const isOther = 'cron <> ? OR time_zone <> ?';
    // SET is read from the left on MySQL: what compares with the old times stands before them.
    const changed = await this.database.changeAgain(
      `UPDATE progress_schedule SET decided_until = CASE WHEN ${isOther} THEN ${now()} ELSE decided_until END,
              cron = ?, time_zone = ?, module = ?, type = ?, seen_at = ${now()}
        WHERE schedule_key = ?`,
      [cron, timeZone, cron, timeZone, module, type, key],
    );
    if (changed > 0) return;
    try {
      await this.database.changeAgain(
        `INSERT INTO progress_schedule (schedule_key, module, type, cron, time_zone, decided_until, seen_at)
         VALUES (?, ?, ?, ?, ?, ${now()}, ${now()})`,
        [key, module, type, cron, timeZone],
      );
    } catch (error) {
      // Another worker was faster; should its times be others, the next look finds out.
      if (!isDuplicate(error)) throw error;
    }
  }

  async seen(keys: readonly string[]): Promise<void> {
    await this.database.changeAgain(
      `UPDATE progress_schedule SET seen_at = ${this.database.dialect.now()} WHERE schedule_key IN (${placeholders(keys)})`,
      keys,
    );
  }

  async decide(schedule: ScheduleTimes, decision: Decision, keepMs: number): Promise<Decided> {
    try {
      return await this.#decide(schedule, decision, keepMs);
    } catch (error) {
      if (!(error instanceof KeyBusyError)) throw error;
      const reason = `An unfinished job holds the key "${error.key}" of a job that was to follow.`;
      return this.#decide(schedule, { tick: decision.tick, outcome: 'skipped', reason }, keepMs);
    }
  }

  #decide(schedule: ScheduleTimes, decision: Decision, keepMs: number): Promise<Decided> {
    return retryTransient(
      () =>
        this.database.knex.transaction(async (transaction): Promise<Decided> => {
          // First of all: whoever has this row decides; all others wait here, and then find it decided.
          if (!(await this.#take(schedule, decision, transaction))) return { outcome: 'passed' };
          if (!(await this.#keep(schedule, decision, transaction))) return { outcome: 'passed' };
          await this.#forget(schedule, keepMs, transaction);
          return this.#push(schedule, decision, transaction);
        }),
      asTransientOrFreed,
    );
  }

  async noteError(key: string, tick: string, message: string): Promise<void> {
    const { now, time } = this.database.dialect;
    await this.database.changeAgain(
      `UPDATE progress_schedule SET error = ?, error_at = ${now()}
        WHERE schedule_key = ? AND decided_until < ${time('?')}`,
      [message, key, toStored(tick)],
    );
  }

  async pause(key: string): Promise<boolean> {
    const sql = 'UPDATE progress_schedule SET is_paused = 1 WHERE schedule_key = ?';
    return (await this.database.changeAgain(sql, [key])) === 1;
  }

  async resume(key: string, isCaughtUp: boolean): Promise<boolean> {
    // Of one that is not paused, nothing is let pass. Read from the left, so that the old state is what is asked.
    const from = isCaughtUp
      ? ''
      : `decided_until = CASE WHEN is_paused = 1 THEN ${this.database.dialect.now()} ELSE decided_until END, `;
    const sql = `UPDATE progress_schedule SET ${from}is_paused = 0 WHERE schedule_key = ?`;
    return (await this.database.changeAgain(sql, [key])) === 1;
  }

  /** One statement for the time and the rows, which may be none. */
  async #withNow<Row extends { readonly schedule_key: string }>(
    columns: readonly string[],
    joins: string,
    bindings: readonly Binding[],
  ): Promise<{ readonly now: string; readonly rows: readonly Row[] }> {
    const sql = `SELECT ${this.database.dialect.now()} AS clock, ${columns.join(', ')} FROM (SELECT 1 AS one) AS o ${joins}`;
    const rows = await this.database.rows<WithNow<Row>>(sql, bindings);
    const found = rows.filter((row): row is WithNow<Row> & Row => row.schedule_key !== null);
    return { now: fromStored(rows[0]?.clock ?? ''), rows: found };
  }

  /** `decided_until` rises past a run together with what becomes of it. */
  async #take({ key, cron, timeZone }: ScheduleTimes, decision: Decision, on: Knex): Promise<boolean> {
    const { now, time } = this.database.dialect;
    const at = toStored(decision.tick);
    const error = 'outcome' in decision && decision.outcome === 'failed' ? decision.reason : null;
    const taken = await this.database.change(
      `UPDATE progress_schedule SET decided_until = ${time('?')}, last_tick = ${time('?')},
              error = ?, error_at = ${error === null ? 'NULL' : now()}
        WHERE schedule_key = ? AND cron = ? AND time_zone = ? AND is_paused = 0
          AND decided_until < ${time('?')} AND ${time('?')} <= ${now()}`,
      [at, at, error, key, cron, timeZone, at, at],
      on,
    );
    return taken === 1;
  }

  /** `false`: this run was decided before, by a database whose clock has been put back since. */
  async #keep({ key }: ScheduleTimes, decision: Decision, on: Knex): Promise<boolean> {
    const { now, time } = this.database.dialect;
    const [outcome, jobId, reason] =
      'job' in decision ? ['pushed', decision.job.id, null] : [decision.outcome, null, decision.reason];
    try {
      await this.database.change(
        `INSERT INTO progress_schedule_tick (schedule_key, tick_at, outcome, job_id, reason, created_at)
         VALUES (?, ${time('?')}, ?, ?, ?, ${now()})`,
        [key, toStored(decision.tick), outcome, jobId, reason],
        on,
      );
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }

  async #push({ key }: ScheduleTimes, decision: Decision, on: Knex): Promise<Decided> {
    if (!('job' in decision)) return decision;
    const [inserted] = await this.#inserts.insertWithin(on as Knex.Transaction, [decision.job], () => undefined);
    if (!inserted) throw new Error('A job that was inserted has no number.');
    if (inserted.created) return { outcome: 'pushed', number: inserted.job.number };
    const reason = `Job ${inserted.job.number} holds its key and has not ended.`;
    await this.database.change(
      `UPDATE progress_schedule_tick SET outcome = 'skipped', job_id = NULL, reason = ?
        WHERE schedule_key = ? AND tick_at = ${this.database.dialect.time('?')}`,
      [reason, key, toStored(decision.tick)],
      on,
    );
    return { outcome: 'skipped', reason };
  }

  /** Runs of long ago; `decided_until` keeps them from being done again. */
  async #forget({ key }: ScheduleTimes, keepMs: number, on: Knex): Promise<void> {
    if (keepMs === 0) return;
    const sql = `DELETE FROM progress_schedule_tick WHERE schedule_key = ? AND tick_at < ${this.database.dialect.nowPlus()}`;
    await this.database.change(sql, [key, -keepMs], on);
  }
}
