import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { IdTakenError, RefusedError } from '../contracts/errors.js';
import type { Job } from '../contracts/job.js';
import type { Found, Inserted, NewJob, Refuse } from '../contracts/job-store.js';
import { type Binding, type Database, UNLESS_LOCKED } from './database.js';
import { headStartSeconds } from './head-start.js';
import { assertOutsideWrite } from './inside-write.js';
import { placeholders } from './placeholders.js';
import { JOB_COLUMNS, type JobRow, toJob, toStored } from './row.js';
import { isDuplicate, isOutage, retryTransient } from './transient.js';
import { TurnBatch } from './turn-batch.js';

/**
 * A busy key may become free between the insert and the look at its holder, and a connection may break: then the
 * insert is tried again.
 */
const INSERT_TRIES = 5;

/** Rows, and bytes of their data, in one statement of a list. */
const MOST_ROWS = 1000;
const MOST_BYTES = 256 * 1024;

type ListedRow = JobRow & { readonly deleted: number };

/** The numbers that the database gave, by id. */
type Numbers = ReadonlyMap<string, number>;
type Numbered = Pick<JobRow, 'number' | 'id'>;
const byId = (rows: readonly Numbered[]): Numbers => new Map(rows.map(({ id, number }) => [id, Number(number)]));

/** What a push may say of a job; columns about which no row of a statement says anything keep their default. */
const OPTIONAL: readonly (readonly [column: string, of: (job: NewJob) => Binding, unsaid: Binding])[] = [
  ['priority', ({ priority }) => priority, 0],
  ['inputs', ({ inputs }) => (inputs.length > 0 ? JSON.stringify(inputs) : null), null],
  ['created_by_id', ({ userId = null }) => userId, null],
  ['is_hidden', ({ isHidden }) => (isHidden ? 1 : 0), 0],
  ['version', ({ version = 1 }) => version, 1],
  ['job_key', ({ key = null }) => key, null],
  ['key_hash', ({ type, key }) => (key === undefined ? null : keyHash(type, key)), null],
  ['secret_key', ({ secrets }) => secrets?.keyId ?? null, null],
  ['secrets', ({ secrets }) => (secrets === undefined ? null : JSON.stringify(secrets.values)), null],
];

/** Adds jobs. Those that come in one turn are one statement, and each is answered after its commit. */
export class JobInserts {
  readonly #batch = new TurnBatch<NewJob, Inserted>({
    together: (jobs) => this.#together(jobs),
    alone: (job, failure) => this.#alone(job, isOutage(failure)),
    bytesOf,
  });

  constructor(private readonly database: Database) {}

  async insert(job: NewJob): Promise<Inserted> {
    assertOutsideWrite('The database');
    return job.inputs.length > 0 ? this.#alone(job, false) : this.#batch.ask(job);
  }

  async insertMany(jobs: readonly NewJob[], refuse: Refuse): Promise<readonly Inserted[]> {
    assertOutsideWrite('The database');
    let there: ReadonlyMap<string, Inserted> = new Map();
    for (let tried = 1, isRepeat = false; ; tried++) {
      try {
        if (tried > 1) there = await this.#there(jobs, isRepeat, refuse);
        const missing = jobs.filter(({ id }) => !there.has(id));
        const given = await retryTransient(() => this.#addAll(missing));
        return jobs.map((job) => there.get(job.id) ?? inserted(job, given));
      } catch (error) {
        if (tried === INSERT_TRIES || !(isOutage(error) || isDuplicate(error))) throw error;
        isRepeat ||= isOutage(error);
        if (isOutage(error)) await sleep(Math.random() * 100 * 2 ** tried);
      }
    }
  }

  /** The unfinished job with this key, if it is not deleted. */
  async holderOf(type: string, key: string): Promise<Job | undefined> {
    return this.#one('active_key = ?', [keyHash(type, key)]);
  }

  /** Throws when one of them stands in the way of all: then each is looked at alone. */
  async #together(jobs: readonly NewJob[]): Promise<(Inserted | undefined)[]> {
    const given = await retryTransient(() => this.#insertRows(jobs, this.database.knex), UNLESS_LOCKED);
    // One that is gone again is looked at alone.
    return jobs.map((job) => (given.has(job.id) ? inserted(job, given) : undefined));
  }

  /** `isRepeat`: an earlier try may have come through, and its answer was lost. */
  async #alone(job: NewJob, wasTried: boolean): Promise<Inserted> {
    for (let tried = 1, isRepeat = wasTried; ; tried++) {
      try {
        return inserted(job, await retryTransient(() => this.#addAll([job])));
      } catch (error) {
        if (isOutage(error) && tried < INSERT_TRIES) {
          isRepeat = true;
          await sleep(Math.random() * 100 * 2 ** tried);
          continue;
        }
        if (!isDuplicate(error)) throw error;
        const holder = await this.#holder(job);
        if (isRepeat && holder?.job.id === job.id) return { created: true, job: holder.job };
        if (holder) return holder;
        if (tried === INSERT_TRIES) throw (await this.#isFlagged(job.id)) ? new IdTakenError() : error;
      }
    }
  }

  /** What is there already of a list, by id or key. An earlier try that came through made what has our ids. */
  async #there(jobs: readonly NewJob[], isRepeat: boolean, refuse: Refuse): Promise<ReadonlyMap<string, Inserted>> {
    const sameId = new Map(
      (
        await this.#listed(
          'id',
          jobs.map(({ id }) => id),
        )
      ).map((row) => [row.id, row]),
    );
    const keys = jobs.flatMap(({ type, key }) => (key === undefined ? [] : [keyHash(type, key)]));
    const sameKey = new Map(
      (await this.#listed('active_key', keys)).map((row) => [`${row.type}\0${row.job_key}`, row]),
    );
    const there = new Map<string, Inserted>();
    for (const [entry, job] of jobs.entries()) {
      const found = foundFor(
        job,
        sameId.get(job.id),
        job.key === undefined ? undefined : sameKey.get(`${job.type}\0${job.key}`),
      );
      if (!found) continue;
      const isOurs = isRepeat && 'job' in found && found.job.id === job.id;
      if (!isOurs) refuse(found, entry);
      if (found instanceof IdTakenError) throw found;
      there.set(job.id, isOurs ? { created: true, job: found.job } : found);
    }
    return there;
  }

  /** One statement; several in a transaction when they are large, or come with uploads, which then belong to them. */
  async #addAll(jobs: readonly NewJob[]): Promise<Numbers> {
    const parts = inParts(jobs);
    const [first = []] = parts;
    const hasUploads = jobs.some(({ inputs }) => inputs.length > 0);
    if (parts.length < 2 && !hasUploads) return this.#insertRows(first, this.database.knex);
    return this.database.knex.transaction(async (transaction) => {
      const given = new Map<string, number>();
      for (const part of parts)
        for (const [id, number] of await this.#insertRows(part, transaction)) given.set(id, number);
      for (const { id, inputs } of jobs) for (const input of inputs) await this.#takeUpload(input.id, id, transaction);
      return given;
    });
  }

  async #insertRows(jobs: readonly NewJob[], on: Knex): Promise<Numbers> {
    if (jobs.length === 0) return new Map();
    const { now, returning } = this.database.dialect;
    const said = OPTIONAL.filter(([, of, unsaid]) => jobs.some((job) => of(job) !== unsaid));
    const isLater = jobs.some(({ runAt }) => runAt !== undefined);
    const own = `?, ?, ?, ?${', ?'.repeat(said.length)}, ${now()}, ${now()}`;
    const bindings: Binding[] = [];
    for (const job of jobs) {
      bindings.push(job.id, job.name, job.type, job.data);
      for (const [, of] of said) bindings.push(of(job));
      if (job.runAt !== undefined) bindings.push(...Array<string>(3).fill(toStored(job.runAt)));
    }
    const given = await this.database.rows<Numbered>(
      `INSERT INTO progress_manager (id, name, type, data${said.map(([column]) => `, ${column}`).join('')}, created_at,
              modified_at, due_at${isLater ? ', run_at' : ''})
       VALUES ${jobs.map((job) => `(${own}, ${this.#due(job)}${isLater ? `, ${this.#runAt(job)}` : ''})`).join(', ')}
       ${returning('number, id')}`,
      bindings,
      on,
    );
    return byId(Array.isArray(given) ? given : await this.#numbers(jobs, on));
  }

  /** Binds `run_at` twice where there is one. */
  #due({ priority, runAt }: NewJob): string {
    const { now, secondsAgo, time } = this.database.dialect;
    const atOnce = secondsAgo(headStartSeconds(priority));
    return runAt === undefined ? atOnce : `CASE WHEN ${time('?')} > ${now()} THEN ${time('?')} ELSE ${atOnce} END`;
  }

  #runAt({ runAt }: NewJob): string {
    return runAt === undefined ? 'NULL' : this.database.dialect.time('?');
  }

  async #takeUpload(uploadId: string, jobId: string, on: Knex): Promise<void> {
    const sql = 'UPDATE progress_upload SET job_id = ? WHERE id = ? AND job_id IS NULL';
    if ((await this.database.change(sql, [jobId, uploadId], on)) === 1) return;
    throw new RefusedError('file_refused', `The upload ${uploadId} already belongs to a job. Upload the file again.`);
  }

  /** By their ids: which numbers a statement of many rows gives them is the database's affair. */
  #numbers(jobs: readonly NewJob[], on: Knex): Promise<Numbered[]> {
    const sql = `SELECT number, id FROM progress_manager WHERE id IN (${placeholders(jobs)})`;
    const ids = jobs.map(({ id }) => id);
    return this.database.rows<Numbered>(sql, ids, on);
  }

  /** Which job stood in the way of an insert: the one with its id, or the unfinished one with its key. */
  async #holder(job: NewJob): Promise<Inserted | undefined> {
    const { id, type, key } = job;
    const same = await this.#one('id = ?', [id]);
    const found = same && sameJob(job, same);
    if (found instanceof IdTakenError) throw found;
    if (found) return found;
    const holder = key === undefined ? undefined : await this.holderOf(type, key);
    return holder && { created: false, because: 'key', job: holder };
  }

  /** A row that another program flagged as deleted keeps its id, although nobody sees it. */
  async #isFlagged(id: string): Promise<boolean> {
    return (await this.database.rows('SELECT 1 FROM progress_manager WHERE id = ? AND deleted <> 0', [id])).length > 0;
  }

  async #listed(column: 'id' | 'active_key', values: readonly (string | Buffer)[]): Promise<ListedRow[]> {
    const rows: ListedRow[] = [];
    for (let from = 0; from < values.length; from += MOST_ROWS) {
      const some = values.slice(from, from + MOST_ROWS);
      const sql = `SELECT ${JOB_COLUMNS.join(', ')}, deleted FROM progress_manager WHERE ${column} IN (${placeholders(some)})`;
      rows.push(...(await this.database.rows<ListedRow>(sql, some)));
    }
    return rows;
  }

  async #one(where: string, bindings: readonly Binding[]): Promise<Job | undefined> {
    const sql = `SELECT ${JOB_COLUMNS.join(', ')} FROM progress_manager WHERE ${where} AND deleted = 0`;
    const [row] = await this.database.rows<JobRow>(sql, bindings);
    return row && toJob(row);
  }
}

/** Which job stands in the way: the one with its id, also when another program flagged it, or that with its key. */
function foundFor(job: NewJob, same: ListedRow | undefined, holder: ListedRow | undefined): Found | undefined {
  if (same) return same.deleted ? new IdTakenError() : sameJob(job, toJob(same));
  return holder && { created: false, because: 'key', job: toJob(holder) };
}

/** A push whose id exists is that job; somebody else's is none of the caller's business. */
function sameJob({ type, userId }: NewJob, same: Job): Found {
  if (same.type !== type || same.userId !== userId) return new IdTakenError();
  return { created: false, because: 'id', job: same };
}

/** Not a promise for each of a list: they would cost more than the rest. */
function inserted({ id, type }: NewJob, numbers: Numbers): Inserted {
  const number = numbers.get(id);
  if (number === undefined) throw new Error(`The job ${id} is gone again in the moment it was inserted.`);
  return { created: true, job: { id, number, type } };
}

/** What a row brings into a statement: its texts, and a few hundred bytes besides. */
function bytesOf({ data, name, key = '', userId = '', secrets }: NewJob): number {
  const sealed = secrets === undefined ? 0 : JSON.stringify(secrets.values).length;
  return (
    Buffer.byteLength(data) +
    Buffer.byteLength(name) +
    Buffer.byteLength(key) +
    Buffer.byteLength(userId) +
    sealed +
    300
  );
}

/** So that each fits into a packet of the smallest that servers take (1 MB), and into SQLite's 32,766 bindings. */
function inParts(jobs: readonly NewJob[]): NewJob[][] {
  const parts: NewJob[][] = [];
  let bytes = 0;
  for (const job of jobs) {
    const part = parts.at(-1);
    const own = bytesOf(job);
    bytes += own;
    if (part && part.length < MOST_ROWS && bytes <= MOST_BYTES) {
      part.push(job);
    } else {
      parts.push([job]);
      bytes = own;
    }
  }
  return parts;
}

/** What makes a key one of a kind: SHA-256 of type and key, which byte by byte is the same on every database. */
function keyHash(type: string, key: string): Buffer {
  return createHash('sha256').update(type).update('\0').update(key).digest();
}
