import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { IdTakenError, RefusedError } from '../contracts/errors.js';
import type { Job } from '../contracts/job.js';
import type { Inserted, NewJob } from '../contracts/job-store.js';
import { type Binding, type Database, UNLESS_LOCKED } from './database.js';
import { headStart } from './head-start.js';
import { assertOutsideWrite } from './inside-write.js';
import { placeholders } from './placeholders.js';
import { fromStored, JOB_COLUMNS, type JobRow, toJob, toStored } from './row.js';
import { isDuplicate, isOutage, retryTransient } from './transient.js';
import { TurnBatch } from './turn-batch.js';

/**
 * A busy key may become free between the insert and the look at its holder, and a connection may break: then the
 * insert is tried again.
 */
const INSERT_TRIES = 5;

/** What the database gave a row by itself. */
type Given = Pick<JobRow, 'number' | 'id' | 'due_at' | 'created_at'>;

const GIVEN = 'number, id, due_at, created_at';

type GivenRows = ReadonlyMap<string, Given>;
const byId = (rows: readonly Given[]): GivenRows => new Map(rows.map((row) => [row.id, row]));

/** Adds jobs. Those that come in one turn are one statement, and each is answered after its commit. */
export class JobInserts {
  readonly #batch = new TurnBatch<NewJob, Inserted>({
    together: (jobs) => this.#together(jobs),
    alone: (job, failure) => this.#alone(job, isOutage(failure)),
    // What a row has besides is a few hundred bytes.
    bytesOf: ({ data }) => data.length,
  });

  constructor(private readonly database: Database) {}

  async insert(job: NewJob): Promise<Inserted> {
    assertOutsideWrite('The database');
    return job.inputs.length > 0 ? this.#alone(job, false) : this.#batch.ask(job);
  }

  /** The unfinished job with this key, if it is not deleted. */
  async holderOf(type: string, key: string): Promise<Job | undefined> {
    return this.#one('active_key = ?', [keyHash(type, key)]);
  }

  /** Throws when one of them stands in the way of all: then each is looked at alone. */
  async #together(jobs: readonly NewJob[]): Promise<(Inserted | Promise<Inserted>)[]> {
    const given = await retryTransient(() => this.#insertRows(jobs, this.database.knex), UNLESS_LOCKED);
    return jobs.map((job) => {
      const row = given.get(job.id);
      return row ? { created: true, job: jobOf(job, row) } : Promise.reject(goneAgain(job));
    });
  }

  /** `isRepeat`: an earlier try may have come through, and its answer was lost. */
  async #alone(job: NewJob, wasTried: boolean): Promise<Inserted> {
    for (let tried = 1, isRepeat = wasTried; ; tried++) {
      try {
        const row = (await retryTransient(() => this.#add(job))).get(job.id);
        if (!row) throw goneAgain(job);
        return { created: true, job: jobOf(job, row) };
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

  /** One statement; more in a transaction when the job comes with uploads, which then belong to it. */
  async #add(job: NewJob): Promise<GivenRows> {
    if (job.inputs.length === 0) return this.#insertRows([job], this.database.knex);
    return this.database.knex.transaction(async (transaction) => {
      const given = await this.#insertRows([job], transaction);
      for (const input of job.inputs) await this.#takeUpload(input.id, job.id, transaction);
      return given;
    });
  }

  async #insertRows(jobs: readonly NewJob[], on: Knex): Promise<GivenRows> {
    const { now, nowPlus, time, returning } = this.database.dialect;
    const rest = `${now()}, ${now()})`;
    const atOnce = `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ${nowPlus()}, ${rest}`;
    const later = `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ${time('?')},
      CASE WHEN ${time('?')} > ${now()} THEN ${time('?')} ELSE ${nowPlus()} END, ${rest}`;
    const given = await this.database.rows<Given>(
      `INSERT INTO progress_manager (id, name, type, priority, data, inputs, created_by_id, is_hidden, job_key,
              key_hash, run_at, due_at, created_at, modified_at)
       VALUES ${jobs.map(({ runAt }) => (runAt === undefined ? atOnce : later)).join(', ')}
       ${returning(GIVEN)}`,
      jobs.flatMap(bindings),
      on,
    );
    return Array.isArray(given) ? byId(given) : this.#given(jobs, on);
  }

  async #takeUpload(uploadId: string, jobId: string, on: Knex): Promise<void> {
    const sql = 'UPDATE progress_upload SET job_id = ? WHERE id = ? AND job_id IS NULL';
    if ((await this.database.change(sql, [jobId, uploadId], on)) === 1) return;
    throw new RefusedError('file_refused', `The upload ${uploadId} already belongs to a job. Upload the file again.`);
  }

  /** By their ids: which numbers a statement of many rows gives them is the database's affair. */
  async #given(jobs: readonly NewJob[], on: Knex): Promise<GivenRows> {
    const sql = `SELECT ${GIVEN} FROM progress_manager WHERE id IN (${placeholders(jobs)})`;
    const ids = jobs.map(({ id }) => id);
    return byId(await this.database.rows<Given>(sql, ids, on));
  }

  /** Which job stood in the way of an insert: the one with its id, or the unfinished one with its key. */
  async #holder({ id, type, key, userId }: NewJob): Promise<Inserted | undefined> {
    const same = await this.#one('id = ?', [id]);
    if (same) {
      if (same.type !== type || same.userId !== userId) throw new IdTakenError();
      return { created: false, because: 'id', job: same };
    }
    const holder = key === undefined ? undefined : await this.holderOf(type, key);
    return holder && { created: false, because: 'key', job: holder };
  }

  /** A row that another program flagged as deleted keeps its id, although nobody sees it. */
  async #isFlagged(id: string): Promise<boolean> {
    return (await this.database.rows('SELECT 1 FROM progress_manager WHERE id = ? AND deleted <> 0', [id])).length > 0;
  }

  async #one(where: string, bindings: readonly Binding[]): Promise<Job | undefined> {
    const sql = `SELECT ${JOB_COLUMNS.join(', ')} FROM progress_manager WHERE ${where} AND deleted = 0`;
    const [row] = await this.database.rows<JobRow>(sql, bindings);
    return row && toJob(row);
  }
}

function bindings(job: NewJob): Binding[] {
  const { id, name, type, priority, data, userId, isHidden, key } = job;
  const runAt = job.runAt === undefined ? undefined : toStored(job.runAt);
  return [
    ...[id, name, type, priority, data, inputsText(job), userId ?? null, isHidden ? 1 : 0, key ?? null],
    key === undefined ? null : keyHash(type, key),
    ...(runAt === undefined ? [] : [runAt, runAt, runAt]),
    headStart(priority),
  ];
}

/** The job as it was inserted, from what we sent and what the database added: nothing need be read again. */
function jobOf(job: NewJob, given: Given): Job {
  const createdAt = fromStored(given.created_at);
  return {
    number: Number(given.number),
    id: given.id,
    name: job.name,
    type: job.type,
    status: 'new',
    progress: 0,
    counts: { processed: 0, total: undefined, failed: 0, skipped: 0 },
    message: undefined,
    data: JSON.parse(job.data),
    result: undefined,
    error: undefined,
    inputs: job.inputs,
    outputs: [],
    userId: job.userId,
    key: job.key,
    priority: job.priority,
    offset: 0,
    attempt: 0,
    revision: 0,
    isHidden: job.isHidden,
    isClosed: false,
    worker: undefined,
    runAt: job.runAt === undefined ? undefined : new Date(job.runAt).toISOString(),
    dueAt: fromStored(given.due_at),
    createdAt,
    modifiedAt: createdAt,
    startedAt: undefined,
    finishedAt: undefined,
  };
}

const inputsText = ({ inputs }: NewJob) => (inputs.length > 0 ? JSON.stringify(inputs) : null);

const goneAgain = ({ id }: NewJob) => new Error(`The job ${id} is gone again in the moment it was inserted.`);

/** What makes a key one of a kind: SHA-256 of type and key, which byte by byte is the same on every database. */
function keyHash(type: string, key: string): Buffer {
  return createHash('sha256').update(type).update('\0').update(key).digest();
}
