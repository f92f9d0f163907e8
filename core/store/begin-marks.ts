import type { PrefetchPosition } from '../contracts/job-store.js';
import { type Database, UNLESS_LOCKED } from './database.js';
import { ALIVE } from './due-jobs.js';
import { placeholders } from './placeholders.js';

interface HeldRow {
  readonly number: number | string;
  readonly lease_owner: Buffer | string;
}

interface MarkRow {
  readonly id: Buffer | string;
  readonly begun_claim: number | string | null;
  readonly begun_number: number | string | null;
}

/** Holds what a worker has prefetched by this claim. */
export const prefetchOwner = (worker: string, claim: number) => `${worker}/p${claim}`;

const PREFETCHED = /^(.+)\/p(\d+)$/;

/**
 * How far each worker has begun what it prefetched. It says so before it begins, in one row for all of them, so that
 * after its death the jobs that had not begun are no suspects. Of a worker whose row says nothing all may have begun.
 */
export class BeginMarks {
  constructor(private readonly database: Database) {}

  /** This worker is about to prefetch, by this claim. `false`: it could not say what it begins, so that it must not. */
  async open(worker: string, claim: number): Promise<boolean> {
    // What it holds from before, if its row is new, has begun. The number first: MySQL goes from left to right.
    const sql = `UPDATE progress_worker
        SET begun_number = CASE WHEN begun_claim IS NULL THEN 0 ELSE begun_number END, begun_claim = COALESCE(begun_claim, ?)
      WHERE id = ?`;
    return (await this.database.changeAgain(sql, [claim, worker], UNLESS_LOCKED)) === 1;
  }

  /**
   * All up to this one are about to begin. `false`: it cannot be said, so that they must not. What comes late, after its
   * sender gave it up, takes nothing back.
   */
  async mark(worker: string, { claim, number }: PrefetchPosition): Promise<boolean> {
    // The number first: MySQL goes from left to right.
    const sql = `UPDATE progress_worker
        SET begun_number = CASE WHEN begun_claim > ? OR (begun_claim = ? AND begun_number > ?) THEN begun_number ELSE ? END,
            begun_claim = CASE WHEN begun_claim > ? THEN begun_claim ELSE ? END
      WHERE id = ?`;
    const bindings = [claim, claim, number, number, claim, claim, worker];
    return (await this.database.changeAgain(sql, bindings, UNLESS_LOCKED)) === 1;
  }

  /**
   * Of these jobs, those that a worker prefetched, whose lease has ended, and which had not begun, are held by nobody any
   * more: whoever takes them takes them over from nobody. The token rises, should the worker have been paused only.
   */
  async letGo(numbers: readonly number[]): Promise<void> {
    if (numbers.length === 0) return;
    const held = await this.#prefetched(numbers);
    if (held.length === 0) return;
    const marks = await this.#marksOf([...new Set(held.map(({ worker }) => worker))]);
    const waiting = held.filter((job) => {
      const mark = marks.get(job.worker);
      return mark !== undefined && isBehind(job, mark);
    });
    if (waiting.length === 0) return;
    const owners = [...new Set(waiting.map(({ owner }) => owner))];
    const { byKey, now } = this.database.dialect;
    await this.database.changeAgain(
      `UPDATE progress_manager ${byKey}
          SET lease_owner = NULL, lease_version = lease_version + 1, revision = revision + 1
        WHERE number IN (${placeholders(waiting)}) AND lease_owner IN (${placeholders(owners)})
          AND ${ALIVE} AND due_at <= ${now()}`,
      [...waiting.map(({ number }) => number), ...owners],
      UNLESS_LOCKED,
    );
  }

  async #prefetched(numbers: readonly number[]) {
    const rows = await this.database.rows<HeldRow>(
      `SELECT number, lease_owner FROM progress_manager WHERE number IN (${placeholders(numbers)}) AND lease_owner IS NOT NULL`,
      numbers,
    );
    return rows.flatMap(({ number, lease_owner }) => {
      const owner = lease_owner.toString();
      const [, worker, claim] = PREFETCHED.exec(owner) ?? [];
      return worker === undefined ? [] : [{ number: Number(number), owner, worker, claim: Number(claim) }];
    });
  }

  async #marksOf(workers: readonly string[]): Promise<ReadonlyMap<string, PrefetchPosition>> {
    const rows = await this.database.rows<MarkRow>(
      `SELECT id, begun_claim, begun_number FROM progress_worker
        WHERE id IN (${placeholders(workers)}) AND begun_claim IS NOT NULL`,
      workers,
    );
    return new Map(
      rows.map(({ id, begun_claim, begun_number }) => [
        id.toString(),
        { claim: Number(begun_claim), number: Number(begun_number) },
      ]),
    );
  }
}

const isBehind = (job: PrefetchPosition, mark: PrefetchPosition) =>
  job.claim > mark.claim || (job.claim === mark.claim && job.number > mark.number);
