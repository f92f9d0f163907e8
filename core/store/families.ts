import { randomInt } from 'node:crypto';
import {
  type ChildJob,
  type ChildrenBar,
  type ChildStore,
  MOST_GENERATIONS,
  type NewChild,
} from '../contracts/child-job.js';
import { RefusedError } from '../contracts/errors.js';
import type { ChildCounts, JobFailure } from '../contracts/job.js';
import type { ClaimedJob } from '../contracts/job-store.js';
import type { WriteTransaction } from '../contracts/progress-job.js';
import type { Status } from '../contracts/status.js';
import type { Database, Statements } from './database.js';
import { inChunks } from './in-chunks.js';
import { NewRows, type Numbers } from './new-rows.js';
import { placeholders } from './placeholders.js';
import { fromJson } from './row.js';

/** Children that one statement reads: each may have a result of 1 MiB. */
const PAGE = 100;

interface ChildRow {
  readonly child: number | string;
  readonly weight: number;
  readonly id: string | null;
  readonly name: string;
  readonly type: string;
  readonly status: Status;
  readonly progress: number | string;
  readonly message: string | null;
  readonly result: string | null;
  readonly error: string | null;
}

/** The tables `progress_child` and `progress_family`: who was added by whom, and who waits for whom. */
export class Families implements ChildStore {
  readonly #rows: NewRows;

  constructor(private readonly database: Database) {
    this.#rows = new NewRows(database);
  }

  async add(
    { number, sliceSeq }: ClaimedJob,
    children: readonly NewChild[],
    bar: ChildrenBar,
    transaction: WriteTransaction,
  ): Promise<void> {
    const on = this.database.on(transaction);
    await this.#refuseTooDeep(number, on);
    await this.#wait(number, sliceSeq, bar, on);
    const counts: ChildCounts = { total: children.length, ended: 0, failed: 0, cancelled: 0 };
    // From here on a press on the parent waits, and then finds its children.
    await on.change('UPDATE progress_manager SET children = ? WHERE number = ?', [JSON.stringify(counts), number]);
    const jobs = children.map(({ job }) => ({ ...job, parent: number }));
    const numbers = await this.#rows.addAll(jobs, on);
    await this.#addLinks(number, sliceSeq, children, numbers, on);
    await this.#restWith(number, [...numbers.values()], on);
  }

  async *of(parent: number): AsyncGenerator<ChildJob> {
    for (let after = 0; ; ) {
      const rows = await this.database.rows<ChildRow>(
        `SELECT c.child, c.weight, p.id, p.name, p.type, p.status, p.progress, p.message, p.result, p.error
           FROM progress_family f JOIN progress_child c ON c.parent = f.parent AND c.wave = f.wave
           LEFT JOIN progress_manager p ON p.number = c.child AND p.deleted = 0
          WHERE f.parent = ? AND c.child > ? ORDER BY c.child LIMIT ${PAGE}`,
        [parent, after],
      );
      for (const row of rows) yield toChild(row);
      if (rows.length < PAGE) return;
      after = Number(rows.at(-1)?.child);
    }
  }

  async #refuseTooDeep(number: number, on: Statements): Promise<void> {
    let child = number;
    for (let generations = 1; generations < MOST_GENERATIONS; generations++) {
      const sql = 'SELECT parent FROM progress_child WHERE child = ?';
      const [row] = await on.rows<{ parent: number | string }>(sql, [child]);
      if (!row) return;
      child = Number(row.parent);
    }
    throw new RefusedError(
      'too_deep',
      `Jobs may have children for ${MOST_GENERATIONS - 1} generations, and job ${number} is one of the last. Does a job add itself?`,
    );
  }

  async #addLinks(
    parent: number,
    wave: number,
    children: readonly NewChild[],
    numbers: Numbers,
    on: Statements,
  ): Promise<void> {
    for (const chunk of inChunks(children, () => 40)) {
      await on.change(
        `INSERT INTO progress_child (child, parent, wave, weight) VALUES ${chunk.map(() => '(?, ?, ?, ?)').join(', ')}`,
        chunk.flatMap(({ job, weight }) => [numbers.get(job.id) as number, parent, wave, weight]),
      );
    }
  }

  /** Children of a parent that was paused in its slice are paused with it. */
  async #restWith(parent: number, children: readonly number[], on: Statements): Promise<void> {
    const [row] = await on.rows<{ status: Status }>('SELECT status FROM progress_manager WHERE number = ?', [parent]);
    if (row?.status !== 'paused') return;
    for (const some of inChunks(children, () => 20)) {
      const sql = `UPDATE progress_manager SET status = 'paused', due_at = NULL WHERE number IN (${placeholders(some)})`;
      await on.change(sql, some);
    }
  }

  async #wait(parent: number, wave: number, { from, to }: ChildrenBar, on: Statements): Promise<void> {
    const { now, upsert } = this.database.dialect;
    await on.change(
      `INSERT INTO progress_family (parent, wave, mark, bar_from, bar_to, look_at) VALUES (?, ?, ?, ?, ?, ${now()})
       ${upsert(['parent'], ['wave', 'mark', 'bar_from', 'bar_to', 'look_at'])}`,
      [parent, wave, newMark(), from, to],
    );
  }
}

/** Tells one wait of a parent from another. */
export const newMark = () => randomInt(2 ** 48 - 1);

function toChild({ child, weight, id, ...row }: ChildRow): ChildJob {
  const number = Number(child);
  if (id === null) {
    const unknown = { message: undefined, result: undefined, error: undefined };
    return { number, weight, id: '', name: '', type: '', status: 'removed', progress: 0, ...unknown };
  }
  return {
    ...{ number, weight, id, name: row.name, type: row.type, status: row.status },
    progress: Number(row.progress),
    message: row.message ?? undefined,
    result: fromJson(row.result),
    error: fromJson(row.error) as JobFailure | undefined,
  };
}
