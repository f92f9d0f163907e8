import { IdTakenError } from '../contracts/errors.js';
import type { Job } from '../contracts/job.js';
import type { Found, NewJob } from '../contracts/job-store.js';
import type { Binding, Database, Statements } from './database.js';
import { keyHash } from './new-rows.js';
import { placeholders } from './placeholders.js';
import { type JobRow, shownColumns, toJob } from './row.js';

/** Values in one statement. */
const MOST_VALUES = 1000;

type StandingRow = JobRow & { readonly deleted: number; readonly active_key: Buffer | null };

/** Which jobs stand in the way of new ones: those that have their id or, unfinished, their key. */
export class StandingJobs {
  constructor(private readonly database: Database) {}

  /**
   * For each of the new jobs what is there already, by its place in the list. In the caller's transaction (`on`) what is
   * committed by now is read, besides what that transaction has written itself; `'seen'`: what it sees without a lock.
   */
  async of(
    jobs: readonly NewJob[],
    on?: Statements,
    how: 'committed' | 'seen' = 'committed',
  ): Promise<ReadonlyMap<number, Found>> {
    const ids = jobs.map(({ id }) => id);
    const keys = jobs.flatMap((job) => keyHash(job) ?? []);
    const sameId = new Map((await this.#rows('id', ids, on, how)).map((row) => [row.id, row]));
    const holders = new Map(
      (await this.#rows('active_key', keys, on, how)).map((row) => [row.active_key?.toString('hex'), row]),
    );
    const found = new Map<number, Found>();
    for (const [entry, job] of jobs.entries()) {
      const each = foundFor(job, sameId.get(job.id), holders.get(keyHash(job)?.toString('hex')));
      if (each) found.set(entry, each);
    }
    return found;
  }

  /** The unfinished job that holds the key which this one, a finished one, had. */
  async holderOfKeyOf(number: number): Promise<Job | undefined> {
    const sql = `SELECT ${shownColumns(this.database.dialect)} FROM progress_manager
      WHERE active_key = (SELECT key_hash FROM progress_manager WHERE number = ?)`;
    const [row] = await this.database.rows<JobRow>(sql, [number]);
    return row && toJob(row);
  }

  async #rows(
    column: 'id' | 'active_key',
    values: readonly Binding[],
    on: Statements | undefined,
    how: string,
  ): Promise<StandingRow[]> {
    const rows: StandingRow[] = [];
    for (let from = 0; from < values.length; from += MOST_VALUES) {
      const some = values.slice(from, from + MOST_VALUES);
      const sql = `SELECT ${shownColumns(this.database.dialect)}, deleted, active_key FROM progress_manager
        WHERE ${column} IN (${placeholders(some)}) ${on && how === 'committed' ? this.database.dialect.asCommitted : ''}`;
      rows.push(...(await (on ?? this.database).rows<StandingRow>(sql, some)));
    }
    return rows;
  }
}

/** An id comes before a key. A row that another program flagged as deleted keeps its id, although nobody sees it. */
function foundFor(job: NewJob, same: StandingRow | undefined, holder: StandingRow | undefined): Found | undefined {
  if (same) return same.deleted ? new IdTakenError() : sameJob(job, toJob(same));
  return holder && { created: false, because: 'key', job: toJob(holder) };
}

/** A push whose id exists is that job; somebody else's is none of the caller's business. */
function sameJob({ type, userId }: NewJob, same: Job): Found {
  if (same.type !== type || same.userId !== userId) return new IdTakenError();
  return { created: false, because: 'id', job: same };
}
