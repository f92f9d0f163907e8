import type { ChildCounts } from '../contracts/job.js';
import { isTerminal, type Status } from '../contracts/status.js';
import type { Database } from './database.js';
import { FamilyPresses } from './family-presses.js';
import { HEAD_START } from './head-start.js';
import { placeholders } from './placeholders.js';
import { pressesFor } from './presses.js';
import { retryTransient } from './transient.js';

/** Parents that one look takes. */
const MOST = 20;
/** What a bar shows at most before success, in percent. */
const MOST_WHILE_RUNNING = 99.99;
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

/** A parent that goes on. */
export interface Woken {
  readonly id: string;
  readonly type: string;
}

/**
 * Looks at parents that wait: moves their bars, has them go on when all children have ended, and ends children of
 * parents that have ended. Each step follows from what stands in the tables and nothing else, so that any process may
 * do it at any time, twice, or after another died in the middle of it.
 */
export class FamilyLooks {
  readonly #presses: FamilyPresses;

  constructor(private readonly database: Database) {
    this.#presses = new FamilyPresses(database, pressesFor(database.dialect));
  }

  /** A few of those whose turn it is, or of these parents. `more`: others may be waiting for a look. */
  async look(
    againInMs: number,
    parents?: readonly number[] | 'all',
  ): Promise<{ readonly woken: readonly Woken[]; readonly more: boolean }> {
    const families = await this.#families(parents);
    if (families.length === 0) return { woken: [], more: false };
    const numbers = families.map(({ parent }) => Number(parent));
    const counts = await this.#counts(numbers);
    const woken: Woken[] = [];
    for (const family of families) {
      const { parent, mark, id, type } = family;
      if (family.status === null || isTerminal(family.status)) await this.#end(family);
      else if (!Number(family.rests)) await this.#close(Number(parent), Number(mark));
      else if (await this.#carry(family, counts.get(Number(parent)))) woken.push({ id, type });
    }
    await this.#lookAgain(numbers, againInMs);
    return { woken, more: families.length === MOST };
  }

  #families(parents: readonly number[] | 'all' | undefined): Promise<FamilyRow[]> {
    const given = Array.isArray(parents) ? parents : [];
    const all = parents === 'all' ? 'look_at IS NOT NULL' : `look_at <= ${this.database.dialect.now()}`;
    return this.database.rows<FamilyRow>(
      `SELECT f.parent, f.mark, f.bar_from, f.bar_to, p.id, p.type, p.status, p.progress, p.children,
              CASE WHEN ${RESTS} THEN 1 ELSE 0 END AS rests
         FROM progress_family f LEFT JOIN progress_manager p ON p.number = f.parent AND p.deleted = 0
        WHERE ${given.length > 0 ? `look_at IS NOT NULL AND f.parent IN (${placeholders(given)})` : all}
        ORDER BY look_at, f.parent ${parents === 'all' ? '' : `LIMIT ${MOST}`}`,
      given,
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
    await this.#show(family, shown, '');
    return false;
  }

  /** The wait ends with the parent being due, or not at all. */
  async #wake(family: FamilyRow, shown: Shown): Promise<boolean> {
    const { nowPlus } = this.database.dialect;
    const notNow = new Error('The parent does not rest any more: the transaction is rolled back.');
    try {
      await retryTransient(() =>
        this.database.knex.transaction(async (transaction) => {
          const on = this.database.on(transaction);
          const sql = 'UPDATE progress_family SET look_at = NULL WHERE parent = ? AND mark = ? AND look_at IS NOT NULL';
          if ((await on.change(sql, [Number(family.parent), Number(family.mark)])) !== 1) throw notNow;
          const due = `, due_at = ${nowPlus(HEAD_START)}`;
          if ((await this.#show(family, shown, due, on)) !== 1) throw notNow;
        }),
      );
      return true;
    } catch (error) {
      if (error === notNow) return false;
      throw error;
    }
  }

  #show(
    { parent }: FamilyRow,
    { progress, children }: Shown,
    due: string,
    on: Pick<Database, 'change'> = this.database,
  ) {
    const { now } = this.database.dialect;
    const unpaused = due === '' ? '' : " AND status <> 'paused'";
    return on.change(
      `UPDATE progress_manager SET progress = CASE WHEN progress < ? THEN ? ELSE progress END, children = ?,
              revision = revision + 1, modified_at = ${now()}${due}
        WHERE number = ? AND ${RESTS}${unpaused}`,
      [progress, progress, JSON.stringify(children), Number(parent)],
    );
  }

  /** Nobody waits for the children of a parent that has ended, or is gone. */
  async #end({ parent, mark }: FamilyRow): Promise<void> {
    await this.#presses.goDown('cancel', [Number(parent)]);
    await this.#close(Number(parent), Number(mark));
  }

  #close(parent: number, mark: number): Promise<number> {
    return this.database.changeAgain('UPDATE progress_family SET look_at = NULL WHERE parent = ? AND mark = ?', [
      parent,
      mark,
    ]);
  }

  #lookAgain(parents: readonly number[], inMs: number): Promise<number> {
    const sql = `UPDATE progress_family SET look_at = ${this.database.dialect.nowPlus()}
      WHERE parent IN (${placeholders(parents)}) AND look_at IS NOT NULL`;
    return this.database.changeAgain(sql, [inMs, ...parents]);
  }
}

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
