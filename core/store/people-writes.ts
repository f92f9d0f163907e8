import type { User } from '../contracts/user.js';
import { throughOutages } from './certain.js';
import type { Binding, Database, Statement } from './database.js';
import { FamilyPresses } from './family-presses.js';
import { FINISHED, type Press, type PressName, pressesFor } from './presses.js';

/** Somebody waits for the answer: a database that is away longer than this is told as such, ms. */
const PATIENCE_MS = 2000;

/** What people do to jobs. One guarded update each: it answers whether the job was in a fit status, and theirs. */
export class PeopleWrites {
  readonly #presses: Readonly<Record<PressName, Press>>;
  readonly #families: FamilyPresses;

  constructor(private readonly database: Database) {
    this.#presses = pressesFor(database.dialect);
    this.#families = new FamilyPresses(database, this.#presses);
  }

  /** And then its children's, which a look at families completes when this process dies in between. */
  async cancel(number: number, viewer: User): Promise<boolean> {
    const isDone = await this.#press('cancel', number, viewer);
    if (isDone) await this.#families.goDown('cancel', [number]);
    return isDone;
  }

  /** Its children go first: a pause that breaks off in between can be asked for again. */
  async pause(number: number, viewer: User): Promise<boolean> {
    if (await this.#is(this.#presses.pause.expected, number, viewer)) await this.#families.goDown('pause', [number]);
    return this.#press('pause', number, viewer);
  }

  /** Its children go first: a resume that breaks off in between can be asked for again. */
  async resume(number: number, viewer: User): Promise<boolean> {
    if (await this.#is(this.#presses.resume.expected, number, viewer)) await this.#families.goDown('resume', [number]);
    return this.#press('resume', number, viewer);
  }

  /** Children that did not succeed go first: a parent whose children have ended would go on without waiting for them. */
  async retry(number: number, viewer: User): Promise<boolean> {
    if (await this.#is(this.#presses.retry.expected, number, viewer)) await this.#families.retryBelow(number);
    return this.#press('retry', number, viewer);
  }

  startNow(number: number, viewer: User): Promise<boolean> {
    return this.#press('startNow', number, viewer);
  }

  close(number: number, viewer: User): Promise<boolean> {
    return this.#press('close', number, viewer);
  }

  async remove(number: number, viewer: User): Promise<boolean> {
    const sql = `DELETE FROM progress_manager WHERE number = ? AND ${FINISHED} AND ${mine(viewer)}`;
    const bindings = [number, ...owner(viewer)];
    const sent = await throughOutages(() => this.database.changeAgain(sql, bindings), PATIENCE_MS);
    return sent.changed === 1 || (sent.isRepeat && !(await this.#is('1 = 1', number, viewer)));
  }

  async #press(name: PressName, number: number, viewer: User): Promise<boolean> {
    const { expected, reached, sets } = this.#presses[name];
    const statement: Statement = {
      sql: `UPDATE progress_manager SET ${sets}, revision = revision + 1, modified_at = ${this.database.dialect.now()}
        WHERE number = ? AND ${expected} AND ${mine(viewer)}`,
      bindings: [number, ...owner(viewer)],
    };
    const sent = await throughOutages(() => this.#families.send(name, number, statement), PATIENCE_MS);
    return sent.changed === 1 || (sent.isRepeat && (await this.#is(reached, number, viewer)));
  }

  async #is(condition: string, number: number, viewer: User): Promise<boolean> {
    const sql = `SELECT 1 FROM progress_manager WHERE number = ? AND ${condition} AND ${mine(viewer)}`;
    return (await this.database.rows(sql, [number, ...owner(viewer)])).length > 0;
  }
}

/** Visibility is a part of every statement: what a viewer may not see is not there. */
export const mine = (viewer: User) => (viewer.isAdmin ? 'deleted = 0' : 'deleted = 0 AND created_by_id = ?');
export const owner = (viewer: User): Binding[] => (viewer.isAdmin ? [] : [viewer.id]);
