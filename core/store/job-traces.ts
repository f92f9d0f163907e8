import type { Database } from './database.js';
import { placeholders } from './placeholders.js';

/** Tables that have rows of jobs, and the column that orders the rows of one job. */
const TABLES = ['progress_job_log', 'progress_job_item'] as const;
const FAMILIES = [
  ['progress_family', 'parent'],
  ['progress_child', 'parent'],
] as const;
/** Rows that one statement removes: small enough for Galera's write sets, and for others who wait. */
const BATCH = 5000;

/** What jobs leave beside their own rows: lines of their logs, messages, items. Removes what belongs to jobs that go. */
export class JobTraces {
  constructor(private readonly database: Database) {}

  /** Removes all that these jobs have left, in small batches. */
  async removeOf(jobs: readonly number[]): Promise<void> {
    if (jobs.length === 0) return;
    for (const table of TABLES) {
      for (const batch of await this.#batches(table, jobs)) await this.#remove(table, batch);
    }
    await this.#removeFamilies(jobs);
  }

  /** Numbers of jobs that have left something and are gone, some at a time. */
  async *orphans(limit: number): AsyncGenerator<readonly number[]> {
    for (const [table, column] of [...TABLES.map((name) => [name, 'job'] as const), ...FAMILIES]) {
      let last = 0;
      for (;;) {
        const sql = `SELECT DISTINCT ${column} AS job FROM ${table} WHERE ${column} > ? ORDER BY ${column} LIMIT ?`;
        const jobs = (await this.database.rows<{ job: number | string }>(sql, [last, limit])).map(({ job }) =>
          Number(job),
        );
        if (jobs.length === 0) break;
        yield await this.#gone(jobs);
        last = jobs.at(-1) as number;
      }
    }
  }

  /** One whose children are still to be ended stays until they are. */
  async #removeFamilies(parents: readonly number[]): Promise<void> {
    const ofThese = `parent IN (${placeholders(parents)})`;
    await this.database.changeAgain(`DELETE FROM progress_family WHERE ${ofThese} AND look_at IS NULL`, parents);
    await this.database.changeAgain(
      `DELETE FROM progress_child WHERE ${ofThese}
          AND NOT EXISTS (SELECT 1 FROM progress_family f WHERE f.parent = progress_child.parent)`,
      parents,
    );
  }

  async #gone(jobs: readonly number[]): Promise<number[]> {
    const sql = `SELECT number FROM progress_manager WHERE number IN (${placeholders(jobs)})`;
    const rows = await this.database.rows<{ number: number | string }>(sql, jobs);
    const there = new Set(rows.map(({ number }) => Number(number)));
    return jobs.filter((job) => !there.has(job));
  }

  /** Jobs whose rows go together. One that has more than a batch is a batch of its own. */
  async #batches(table: string, jobs: readonly number[]): Promise<{ jobs: number[]; size: number }[]> {
    const sizes = await this.database.rows<{ job: number | string; size: number | string }>(
      `SELECT job, COUNT(*) AS size FROM ${table} WHERE job IN (${placeholders(jobs)}) GROUP BY job`,
      jobs,
    );
    const batches: { jobs: number[]; size: number }[] = [];
    for (const { job, size } of sizes) {
      const batch = batches.at(-1);
      if (batch && batch.size + Number(size) <= BATCH) {
        batch.jobs.push(Number(job));
        batch.size += Number(size);
      } else {
        batches.push({ jobs: [Number(job)], size: Number(size) });
      }
    }
    return batches;
  }

  async #remove(
    table: string,
    { jobs, size }: { readonly jobs: readonly number[]; readonly size: number },
  ): Promise<void> {
    for (let left = size; left > BATCH; left -= BATCH) {
      const sql = `SELECT seq FROM ${table} WHERE job = ? ORDER BY seq LIMIT 1 OFFSET ${BATCH}`;
      const [row] = await this.database.rows<{ seq: number | string }>(sql, jobs);
      if (!row) break;
      await this.database.changeAgain(`DELETE FROM ${table} WHERE job = ? AND seq < ?`, [...jobs, Number(row.seq)]);
    }
    await this.database.changeAgain(`DELETE FROM ${table} WHERE job IN (${placeholders(jobs)})`, jobs);
  }
}
