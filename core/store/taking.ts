import type { Able } from './able.js';
import { type Database, UNLESS_LOCKED } from './database.js';
import { ALIVE } from './due-jobs.js';
import type { Gate } from './gates.js';
import { placeholders } from './placeholders.js';

/** Who takes jobs, and for how long, ms. */
export interface Claimer {
  /** `host:pid/boot/claim` */
  readonly claim: string;
  readonly leaseMs: number;
}

/** The update that makes due jobs a worker's. It answers how many of them it has won. */
export class Taking {
  constructor(
    private readonly database: Database,
    private readonly able: Able,
    private readonly tokenStep: number,
  ) {}

  all(chosen: readonly number[], claimer: Claimer): Promise<number> {
    const { sets, where, setting, naming } = this.#parts(chosen, claimer);
    const sql = `UPDATE progress_manager ${this.database.dialect.byKey} SET ${sets} WHERE ${where}`;
    return this.database.changeAgain(sql, [...setting, ...naming], UNLESS_LOCKED);
  }

  /**
   * The same, unless another claim went through the gate since the look that found these free (`passes`): what that took
   * is not counted there. `begins`: how many of them begin. One statement on MySQL, so that nobody waits for a worker
   * that froze in the middle of two.
   */
  async through(
    gate: Gate,
    { passes, begins }: { readonly passes: number; readonly begins: number },
    chosen: readonly number[],
    claimer: Claimer,
  ): Promise<number> {
    const { database } = this;
    const { sets, where, setting, naming } = this.#parts(chosen, claimer);
    const begun = gate.begunAfter(begins, database.dialect);
    const passing = `begun = ${begun.sql}, passes = passes + 1`;
    if (database.dialect.name === 'mysql') {
      // The gate first, however many are chosen: left to itself the server locks one job before the gate, and several
      // after it, and the two wait for each other.
      const sql = `UPDATE progress_gate STRAIGHT_JOIN progress_manager ${database.dialect.byKey} ON scope = ? AND passes = ?
        SET ${sets}, has_place = 1, ${passing} WHERE ${where}`;
      const bindings = [gate.type, passes, ...setting, ...begun.bindings, ...naming];
      // The row of the gate is one of those that matched, when any did.
      return Math.max(0, (await database.changeAgain(sql, bindings, UNLESS_LOCKED)) - 1);
    }
    const pass = `UPDATE progress_gate SET ${passing} WHERE scope = ? AND passes = ?`;
    return database.changeTogether([
      { sql: pass, bindings: [...begun.bindings, gate.type, passes] },
      { sql: `UPDATE progress_manager SET ${sets}, has_place = 1 WHERE ${where}`, bindings: [...setting, ...naming] },
    ]);
  }

  /** Left to right on MySQL: what a column was is read before that column is written. */
  #parts(chosen: readonly number[], { claim, leaseMs }: Claimer) {
    const { now, nowPlus } = this.database.dialect;
    const sets = `crash_count = crash_count + (CASE WHEN lease_owner IS NULL OR crash_count > 32000 THEN 0 ELSE 1 END),
      is_isolated = CASE WHEN lease_owner IS NULL THEN is_isolated ELSE 1 END,
      attempt = attempt + (CASE WHEN status = 'new' THEN 1 ELSE 0 END),
      started_at = COALESCE(started_at, ${now()}),
      status = 'in_progress', lease_owner = ?, lease_version = lease_version + ${this.tokenStep}, revision = revision + 1,
      due_at = ${nowPlus()}, modified_at = ${now()}`;
    const where = `number IN (${placeholders(chosen)}) AND ${ALIVE} AND due_at <= ${now()} AND ${this.able.ofAny}`;
    return { sets, where, setting: [claim, leaseMs], naming: [...chosen, ...this.able.versions] };
  }
}
