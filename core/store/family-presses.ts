import type { Database, Statement, Statements } from './database.js';
import { newMark } from './families.js';
import { placeholders } from './placeholders.js';
import type { Press, PressName } from './presses.js';
import { retryTransient } from './transient.js';

/** Rows in one statement: small enough for Galera's write sets. */
const BATCH = 500;

/** How a press on a job reaches the jobs that it added, and theirs. Of each job its last wave counts. */
export class FamilyPresses {
  constructor(
    private readonly database: Database,
    private readonly presses: Readonly<Record<PressName, Press>>,
  ) {}

  /**
   * Sends a press on one job. Where it decides whether the job is due, what a look at families has read before counts no
   * more: it would take the wait for its end.
   */
  async send(name: PressName, number: number, statement: Statement): Promise<number> {
    const { sql, bindings } = statement;
    if ((name !== 'resume' && name !== 'retry') || !(await this.#hasFamily(number)))
      return this.database.changeAgain(sql, bindings);
    return this.#together(async (on) => {
      await this.#newMarks(name, [number], on);
      return on.change(sql, bindings);
    });
  }

  /** The same press for all children that it fits, and on downwards. Gives the jobs that were pressed. */
  async goDown(name: 'cancel' | 'pause' | 'resume', parents: readonly number[]): Promise<readonly number[]> {
    const pressed: number[] = [];
    for (let level = parents; level.length > 0; ) {
      const children = await this.#children(level, this.presses[name]);
      for (const some of inBatches(children)) await this.#pressAll(name, some);
      pressed.push(...children);
      level = children;
    }
    return pressed;
  }

  /** Lets all below a job that did not succeed try again; the deepest first, so that each waits for its own. */
  async retryBelow(parent: number): Promise<void> {
    const levels: (readonly number[])[] = [];
    for (let level: readonly number[] = [parent]; level.length > 0; ) {
      level = await this.#children(level, this.presses.retry);
      levels.unshift(level);
    }
    for (const level of levels) for (const some of inBatches(level)) await this.#pressAll('retry', some);
  }

  async #pressAll(name: PressName, numbers: readonly number[]): Promise<void> {
    const { expected, sets } = this.presses[name];
    const { byKey, now } = this.database.dialect;
    const sql = `UPDATE progress_manager ${byKey} SET ${sets}, revision = revision + 1, modified_at = ${now()}
      WHERE number IN (${placeholders(numbers)}) AND ${expected} AND deleted = 0`;
    await this.#together(async (on) => {
      if (name === 'resume' || name === 'retry') await this.#newMarks(name, numbers, on);
      return on.change(sql, numbers);
    });
  }

  /** Parents that are tried again wait anew for children that are unfinished again. */
  async #newMarks(name: PressName, parents: readonly number[], on: Statements): Promise<void> {
    const { now } = this.database.dialect;
    const sets = name === 'retry' ? `mark = ?, look_at = ${now()}` : 'mark = ?';
    const waits =
      name === 'retry'
        ? `EXISTS (SELECT 1 FROM progress_child c JOIN progress_manager p ON p.number = c.child
             WHERE c.parent = progress_family.parent AND c.wave = progress_family.wave AND p.is_finished = 0 AND p.deleted = 0)`
        : 'look_at IS NOT NULL';
    const sql = `UPDATE progress_family SET ${sets} WHERE parent IN (${placeholders(parents)}) AND ${waits}`;
    await on.change(sql, [newMark(), ...parents]);
  }

  /** Children of these jobs' last waves that the press fits, rising. */
  async #children(parents: readonly number[], { expected }: Press): Promise<number[]> {
    const numbers: number[] = [];
    for (const some of inBatches(parents)) {
      const rows = await this.database.rows<{ child: number | string }>(
        `SELECT c.child FROM progress_family f JOIN progress_child c ON c.parent = f.parent AND c.wave = f.wave
           JOIN progress_manager ON number = c.child
          WHERE f.parent IN (${placeholders(some)}) AND ${expected} AND deleted = 0`,
        some,
      );
      numbers.push(...rows.map(({ child }) => Number(child)));
    }
    return numbers.sort((a, b) => a - b);
  }

  async #hasFamily(parent: number): Promise<boolean> {
    return (await this.database.rows('SELECT 1 FROM progress_family WHERE parent = ?', [parent])).length > 0;
  }

  #together(work: (on: Statements) => Promise<number>): Promise<number> {
    const transact = () => this.database.knex.transaction((transaction) => work(this.database.on(transaction)));
    return retryTransient(transact);
  }
}

function* inBatches(numbers: readonly number[]): Generator<readonly number[]> {
  for (let from = 0; from < numbers.length; from += BATCH) yield numbers.slice(from, from + BATCH);
}
