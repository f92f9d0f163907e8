import type { User } from '../contracts/user.js';
import { throughOutages } from './certain.js';
import type { Binding, Database } from './database.js';
import { asPushed } from './head-start.js';

/** Somebody waits for the answer: a database that is away longer than this is told as such, ms. */
const PATIENCE_MS = 2000;
const FINISHED = "status IN ('success', 'error', 'cancelled')";

/** What people do to jobs. One guarded update each: it answers whether the job was in a fit status, and theirs. */
export class PeopleWrites {
  constructor(private readonly database: Database) {}

  /** The token rises in the same statement: what the running slice records afterwards is refused. */
  cancel(number: number, viewer: User): Promise<boolean> {
    const { now } = this.database.dialect;
    return this.#change(
      number,
      viewer,
      "status IN ('new', 'in_progress', 'paused')",
      "status = 'cancelled'",
      `status = 'cancelled', lease_version = lease_version + 1, lease_owner = NULL, due_at = NULL, finished_at = ${now()}`,
    );
  }

  /** The token stays, so that a slice that runs is recorded; while it runs, `due_at` goes on to be the end of its lease. */
  pause(number: number, viewer: User): Promise<boolean> {
    return this.#change(
      number,
      viewer,
      "status IN ('new', 'in_progress')",
      "status = 'paused'",
      "status = 'paused', due_at = CASE WHEN lease_owner IS NULL THEN NULL ELSE due_at END",
    );
  }

  /** A slice that still runs keeps its lease; else the job is due as when it was pushed. */
  resume(number: number, viewer: User): Promise<boolean> {
    return this.#change(
      number,
      viewer,
      "status = 'paused'",
      "status IN ('new', 'in_progress')",
      `status = CASE WHEN attempt = 0 THEN 'new' ELSE 'in_progress' END,
       due_at = CASE WHEN lease_owner IS NOT NULL THEN due_at WHEN waits_for IS NOT NULL THEN NULL ELSE ${asPushed(this.database.dialect)} END,
       eta_at = NULL`,
    );
  }

  /** Every counter begins anew; `attempt` rises with the next claim, as it does for a new row. */
  retry(number: number, viewer: User): Promise<boolean> {
    return this.#change(
      number,
      viewer,
      "status IN ('error', 'cancelled')",
      "status = 'new'",
      `status = 'new', lease_version = lease_version + 1, lease_owner = NULL, tries_used = 0, crash_count = 0,
       child_deaths = 0, is_isolated = 0, refusals = 0, idle_slices = 0, error = NULL, finished_at = NULL, is_closed = 0, eta_at = NULL,
       due_at = CASE WHEN waits_for IS NOT NULL THEN NULL ELSE ${asPushed(this.database.dialect)} END`,
    );
  }

  startNow(number: number, viewer: User): Promise<boolean> {
    return this.#change(
      number,
      viewer,
      "status = 'new' AND waits_for IS NOT NULL",
      'waits_for IS NULL',
      `waits_for = NULL, due_at = ${asPushed(this.database.dialect)}`,
    );
  }

  close(number: number, viewer: User): Promise<boolean> {
    return this.#change(number, viewer, FINISHED, 'is_closed = 1', 'is_closed = 1');
  }

  async remove(number: number, viewer: User): Promise<boolean> {
    const sql = `DELETE FROM progress_manager WHERE number = ? AND ${FINISHED} AND ${mine(viewer)}`;
    const sent = await this.#send(sql, [number, ...owner(viewer)]);
    return sent.changed === 1 || (sent.isRepeat && !(await this.#is('1 = 1', number, viewer)));
  }

  /** `reached`: how the row looks then; after an answer that was lost this says whether it came through. */
  async #change(number: number, viewer: User, expected: string, reached: string, sets: string): Promise<boolean> {
    const sent = await this.#send(
      `UPDATE progress_manager SET ${sets}, revision = revision + 1, modified_at = ${this.database.dialect.now()}
        WHERE number = ? AND ${expected} AND ${mine(viewer)}`,
      [number, ...owner(viewer)],
    );
    return sent.changed === 1 || (sent.isRepeat && (await this.#is(reached, number, viewer)));
  }

  #send(sql: string, bindings: readonly Binding[]): ReturnType<typeof throughOutages> {
    return throughOutages(() => this.database.changeAgain(sql, bindings), PATIENCE_MS);
  }

  async #is(condition: string, number: number, viewer: User): Promise<boolean> {
    const sql = `SELECT 1 FROM progress_manager WHERE number = ? AND ${condition} AND ${mine(viewer)}`;
    return (await this.database.rows(sql, [number, ...owner(viewer)])).length > 0;
  }
}

/** Visibility is a part of every statement: what a viewer may not see is not there. */
export const mine = (viewer: User) => (viewer.isAdmin ? 'deleted = 0' : 'deleted = 0 AND created_by_id = ?');
export const owner = (viewer: User): Binding[] => (viewer.isAdmin ? [] : [viewer.id]);
