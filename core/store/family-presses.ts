import type { Database, Statement, Statements } from './database.js';
import { newMark } from './families.js';
import { placeholders } from './placeholders.js';
import type { Press, PressName } from './presses.js';
import { isTransient, retryTransient } from './transient.js';

/** Rows in one statement: small enough for Galera's write sets. */
const BATCH = 500;

/** Children of one job, as long as it waits, or has waited, for the same ones. */
interface Family {
  readonly parent: number;
  readonly mark: number;
  readonly children: readonly number[];
}

/** How the row `q` of a parent must stand for its children to be pressed: a cancel ends it first, the others come last. */
const PARENT = {
  cancel: '(q.number IS NULL OR q.is_finished = 1)',
  pause: 'q.is_finished = 0',
  resume: 'q.is_finished = 0',
} as const;

/** Some of the family's children have not ended. */
const HAS_UNFINISHED = `EXISTS (SELECT 1 FROM progress_child c JOIN progress_manager p ON p.number = c.child
  WHERE c.parent = progress_family.parent AND c.wave = progress_family.wave AND p.is_finished = 0 AND p.deleted = 0)`;

/** The parent can still be resumed. One that was cancelled since keeps its mark, by which its cancel goes down. */
const IS_PAUSED = `EXISTS (SELECT 1 FROM progress_manager p WHERE p.number = progress_family.parent AND p.status = 'paused')`;

/** How a press on a job reaches the jobs that it added, and theirs. Of each job its last wave counts. */
export class FamilyPresses {
  constructor(
    private readonly database: Database,
    private readonly presses: Readonly<Record<PressName, Press>>,
    /** Which faults of the database are worth another try. */
    private readonly again = isTransient,
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

  /**
   * The same press for all children that it fits, and on downwards, as long as their parents wait for them as they did:
   * who comes late, after a retry or a resume, presses nothing.
   */
  async goDown(name: 'cancel' | 'pause' | 'resume', parents: readonly number[]): Promise<void> {
    for (let level = parents; level.length > 0; ) {
      const families = await this.#families(level, this.presses[name], PARENT[name]);
      for (const family of families) await this.#pressAll(name, family);
      level = families.flatMap(({ children }) => children);
    }
  }

  /** Lets all below a job that did not succeed try again; the deepest first, so that each waits for its own. */
  async retryBelow(parent: number): Promise<void> {
    const levels: (readonly Family[])[] = [];
    for (let level: readonly number[] = [parent]; level.length > 0; ) {
      const families = await this.#families(level, this.presses.retry, PARENT.cancel);
      levels.unshift(families);
      level = families.flatMap(({ children }) => children);
    }
    for (const family of levels.flat()) await this.#pressAll('retry', await this.#anew(family));
  }

  /** What a look has seen of these parents, which have ended, counts no more: it would end what is tried again. */
  async #anew(family: Family): Promise<Family> {
    const mark = newMark();
    const sql = 'UPDATE progress_family SET mark = ?, look_at = NULL WHERE parent = ? AND mark = ?';
    const changed = await this.database.changeAgain(sql, [mark, family.parent, family.mark], this.again);
    return changed === 1 ? { ...family, mark } : family;
  }

  async #pressAll(name: PressName, { parent, mark, children }: Family): Promise<void> {
    const { expected, sets } = this.presses[name];
    const { byKey, now } = this.database.dialect;
    for (const some of inBatches(children)) {
      const sql = `UPDATE progress_manager ${byKey} SET ${sets}, revision = revision + 1, modified_at = ${now()}
        WHERE number IN (${placeholders(some)}) AND ${expected} AND deleted = 0
          AND EXISTS (SELECT 1 FROM progress_family f WHERE f.parent = ? AND f.mark = ?)`;
      await this.#together(async (on) => {
        if (name === 'resume' || name === 'retry') await this.#newMarks(name, some, on);
        return on.change(sql, [...some, parent, mark]);
      });
    }
  }

  /**
   * Parents that are tried again wait anew for children that are unfinished again; of those that are resumed, a pause that
   * saw them before reaches no child any more.
   */
  async #newMarks(name: PressName, parents: readonly number[], on: Statements): Promise<void> {
    const { sets, when } =
      name === 'retry'
        ? { sets: `mark = ?, look_at = ${this.database.dialect.now()}`, when: HAS_UNFINISHED }
        : { sets: 'mark = ?', when: IS_PAUSED };
    const sql = `UPDATE progress_family SET ${sets} WHERE parent IN (${placeholders(parents)}) AND ${when}`;
    await on.change(sql, [newMark(), ...parents]);
  }

  /** Children of these jobs' last waves that the press fits, rising; of parents that stand so. */
  async #families(parents: readonly number[], { expected }: Press, left: string): Promise<Family[]> {
    const families = new Map<number, Family & { readonly children: number[] }>();
    for (const some of inBatches(parents)) {
      const rows = await this.database.rows<{ child: number | string; parent: number | string; mark: number | string }>(
        `SELECT c.child, f.parent, f.mark
           FROM progress_family f JOIN progress_child c ON c.parent = f.parent AND c.wave = f.wave
           JOIN progress_manager ON progress_manager.number = c.child
           LEFT JOIN progress_manager q ON q.number = f.parent AND q.deleted = 0
          WHERE f.parent IN (${placeholders(some)}) AND progress_manager.${expected} AND progress_manager.deleted = 0
            AND ${left}
          ORDER BY f.parent, c.child`,
        some,
      );
      for (const { child, parent: of, mark } of rows) {
        const parent = Number(of);
        const family = families.get(parent) ?? { parent, mark: Number(mark), children: [] };
        family.children.push(Number(child));
        families.set(parent, family);
      }
    }
    return [...families.values()];
  }

  async #hasFamily(parent: number): Promise<boolean> {
    return (await this.database.rows('SELECT 1 FROM progress_family WHERE parent = ?', [parent])).length > 0;
  }

  #together(work: (on: Statements) => Promise<number>): Promise<number> {
    const transact = () => this.database.knex.transaction((transaction) => work(this.database.on(transaction)));
    return retryTransient(transact, this.again);
  }
}

function* inBatches(numbers: readonly number[]): Generator<readonly number[]> {
  for (let from = 0; from < numbers.length; from += BATCH) yield numbers.slice(from, from + BATCH);
}
