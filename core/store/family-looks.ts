import { MOST_WHILE_RUNNING } from '../contracts/bar-limits.js';
import type { ChildCounts } from '../contracts/job.js';
import { isTerminal, type Status } from '../contracts/status.js';
import { type Database, type Statement, type Statements, UNLESS_LOCKED } from './database.js';
import { FamilyPresses } from './family-presses.js';
import { HEAD_START } from './head-start.js';
import { placeholders } from './placeholders.js';
import { pressesFor } from './presses.js';
import { retryTransient } from './transient.js';

/** Parents that one look takes. */
const MOST = 20;
/** A statement of a look must answer within this, ms: who has locked a row must not hold up other parents. */
const LOOK_MS = 2000;
/** It rests: nobody holds it, and nothing makes it due. */
const RESTS = "due_at IS NULL AND lease_owner IS NULL AND status IN ('new', 'in_progress', 'paused') AND deleted = 0";

interface FamilyRow {
  readonly parent: number | string;
  readonly mark: number | string;
  readonly bar_from: number;
  readonly bar_to: number;
  /** `null`: the parent is gone. */
  readonly status: Status | null;
  readonly id: string;
  readonly type: string;
  readonly progress: number | string;
  readonly children: string | null;
  readonly rests: number;
}

interface CountRow {
  readonly parent: number | string;
  readonly total: number | string;
  readonly ended: number | string;
  readonly failed: number | string;
  readonly cancelled: number | string;
  /** The mean of the children's progress by their weights. */
  readonly percent: number | string;
}

/** What became of a look. */
export interface Looked {
  /** Parents that go on. */
  readonly woken: readonly { readonly id: string; readonly type: string }[];
  /** What kept it from some of them: they are looked at again. */
  readonly errors: readonly unknown[];
}

/**
 * Looks at parents that wait: moves their bars, has them go on when all children have ended, and ends children of
 * parents that have ended. Each step follows from what stands in the tables and nothing else, so that any process may
 * do it at any time, twice, or after another died in the middle of it.
 */
export class FamilyLooks {
  readonly #presses: FamilyPresses;
  private readonly database: Database;

  constructor(database: Database) {
    this.database = database.within(LOOK_MS);
    this.#presses = new FamilyPresses(this.database, pressesFor(database.dialect), UNLESS_LOCKED);
  }

  /** Looks at a few of those whose turn it is; their next one comes after so many ms. `more`: others may be due. */
  async lookAtDue(againInMs: number): Promise<Looked & { readonly more: boolean }> {
    const now = this.database.dialect.now();
    const families = await this.#families(`look_at <= ${now} ORDER BY look_at, f.parent LIMIT ${MOST}`, []);
    if (families.length === 0) return { ...NOTHING, more: false };
    const parents = families.map(({ parent }) => Number(parent));
    // First of all, so that a family nobody can look at does not stand before the others.
    const sql = `UPDATE progress_family SET look_at = ${this.database.dialect.nowPlus()}
      WHERE parent IN (${placeholders(parents)}) AND look_at <= ${now}`;
    const taken = await this.database.changeAgain(sql, [againInMs, ...parents], UNLESS_LOCKED);
    const more = families.length === MOST;
    return taken === 0 ? { ...NOTHING, more } : { ...(await this.#lookAt(families)), more };
  }

  /** Looks at these parents, as far as they wait, whosever turn it is. */
  async lookAt(parents: readonly number[]): Promise<Looked> {
    const looks: Looked[] = [];
    for (let from = 0; from < parents.length; from += MOST) {
      const some = parents.slice(from, from + MOST);
      const families = await this.#families(`look_at IS NOT NULL AND f.parent IN (${placeholders(some)})`, some);
      if (families.length > 0) looks.push(await this.#lookAt(families));
    }
    return { woken: looks.flatMap(({ woken }) => woken), errors: looks.flatMap(({ errors }) => errors) };
  }

  /** The parents that wait now, rising. */
  async waiting(): Promise<number[]> {
    const sql = 'SELECT parent FROM progress_family WHERE look_at IS NOT NULL ORDER BY parent';
    return (await this.database.rows<{ parent: number | string }>(sql, [])).map(({ parent }) => Number(parent));
  }

  async #lookAt(families: readonly FamilyRow[]): Promise<Looked> {
    const counts = await this.#counts(families.map(({ parent }) => Number(parent)));
    const woken: Looked['woken'][number][] = [];
    const errors: unknown[] = [];
    for (const family of families) {
      try {
        if (await this.#follow(family, counts.get(Number(family.parent)))) woken.push(family);
      } catch (error) {
        errors.push(error);
      }
    }
    return { woken: woken.map(({ id, type }) => ({ id, type })), errors };
  }

  /** Gives whether the parent goes on. */
  async #follow(family: FamilyRow, counts: CountRow | undefined): Promise<boolean> {
    if (family.status === null || isTerminal(family.status)) await this.#end(family);
    else if (!Number(family.rests)) await this.#close(family);
    else return this.#carry(family, counts);
    return false;
  }

  #families(which: string, bindings: readonly number[]): Promise<FamilyRow[]> {
    return this.database.rows<FamilyRow>(
      `SELECT f.parent, f.mark, f.bar_from, f.bar_to, p.id, p.type, p.status, p.progress, p.children,
              CASE WHEN ${RESTS} THEN 1 ELSE 0 END AS rests
         FROM progress_family f LEFT JOIN progress_manager p ON p.number = f.parent AND p.deleted = 0
        WHERE ${which}`,
      bindings,
    );
  }

  async #counts(parents: readonly number[]): Promise<ReadonlyMap<number, CountRow>> {
    const count = (condition: string) => `SUM(CASE WHEN ${condition} THEN 1 ELSE 0 END)`;
    const rows = await this.database.rows<CountRow>(
      `SELECT c.parent, COUNT(*) AS total, ${count('p.number IS NULL OR p.is_finished = 1')} AS ended,
              ${count("p.status = 'error'")} AS failed,
              ${count("p.number IS NULL OR p.status = 'cancelled'")} AS cancelled,
              SUM(c.weight * CASE WHEN p.is_finished = 0 THEN p.progress ELSE 100 END) / SUM(c.weight) AS percent
         FROM progress_family f JOIN progress_child c ON c.parent = f.parent AND c.wave = f.wave
         LEFT JOIN progress_manager p ON p.number = c.child AND p.deleted = 0
        WHERE f.parent IN (${placeholders(parents)}) GROUP BY c.parent`,
      parents,
    );
    return new Map(rows.map((row) => [Number(row.parent), row]));
  }

  /** Shows how far the children are. Gives whether the parent goes on. */
  async #carry(family: FamilyRow, row: CountRow | undefined): Promise<boolean> {
    const shown = { progress: barOf(family, Number(row?.percent ?? 100)), children: countsOf(row) };
    const { total, ended } = shown.children;
    if (ended === total && family.status !== 'paused') return this.#wake(family, shown);
    if (shown.progress <= Number(family.progress) && JSON.stringify(shown.children) === family.children) return false;
    await this.#show(family, shown);
    return false;
  }

  /** The wait ends with the parent being due, or not at all. */
  async #wake(family: FamilyRow, shown: Shown): Promise<boolean> {
    const notNow = new Error('The parent does not rest any more: the transaction is rolled back.');
    try {
      await retryTransient(
        () =>
          this.database.knex.transaction(async (transaction) => {
            const on = this.database.on(transaction);
            const sql = 'UPDATE progress_family SET look_at = NULL WHERE parent = ? AND mark = ?';
            if ((await on.change(sql, [Number(family.parent), Number(family.mark)])) !== 1) throw notNow;
            if ((await this.#makeDue(family, shown, on)) !== 1) throw notNow;
          }),
        UNLESS_LOCKED,
      );
      return true;
    } catch (error) {
      if (error === notNow) return false;
      throw error;
    }
  }

  #show(family: FamilyRow, shown: Shown): Promise<number> {
    const { sql, bindings } = this.#showing(family, shown, '', '');
    return this.database.change(sql, bindings);
  }

  #makeDue(family: FamilyRow, shown: Shown, on: Statements): Promise<number> {
    const due = `, due_at = ${this.database.dialect.nowPlus(HEAD_START)}`;
    const { sql, bindings } = this.#showing(family, shown, due, "AND status <> 'paused'");
    return on.change(sql, bindings);
  }

  #showing({ parent }: FamilyRow, { progress, children }: Shown, sets: string, when: string): Statement {
    const { now } = this.database.dialect;
    return {
      sql: `UPDATE progress_manager SET progress = CASE WHEN progress < ? THEN ? ELSE progress END, children = ?,
              revision = revision + 1, modified_at = ${now()}${sets}
        WHERE number = ? AND ${RESTS} ${when}`,
      bindings: [progress, progress, JSON.stringify(children), Number(parent)],
    };
  }

  /** Nobody waits for the children of a parent that has ended, or is gone. Its row says in the end how they stand. */
  async #end(family: FamilyRow): Promise<void> {
    const parent = Number(family.parent);
    await this.#presses.goDown('cancel', [parent]);
    const children = countsOf((await this.#counts([parent])).get(parent));
    const { now } = this.database.dialect;
    const sql = `UPDATE progress_manager SET children = ?, revision = revision + 1, modified_at = ${now()}
      WHERE number = ? AND is_finished = 1 AND deleted = 0 AND children <> ?`;
    const text = JSON.stringify(children);
    await this.database.changeAgain(sql, [text, parent, text], UNLESS_LOCKED);
    await this.#close(family);
  }

  #close({ parent, mark }: FamilyRow): Promise<number> {
    const sql = 'UPDATE progress_family SET look_at = NULL WHERE parent = ? AND mark = ?';
    return this.database.changeAgain(sql, [Number(parent), Number(mark)], UNLESS_LOCKED);
  }
}

const NOTHING: Looked = { woken: [], errors: [] };

interface Shown {
  readonly progress: number;
  readonly children: ChildCounts;
}

function barOf({ bar_from: from, bar_to: to }: FamilyRow, percent: number): number {
  const progress = Math.floor((from + ((to - from) * percent) / 100) * 100) / 100;
  return Math.min(MOST_WHILE_RUNNING, progress);
}

function countsOf(row: CountRow | undefined): ChildCounts {
  const { total = 0, ended = 0, failed = 0, cancelled = 0 } = row ?? {};
  return { total: Number(total), ended: Number(ended), failed: Number(failed), cancelled: Number(cancelled) };
}
