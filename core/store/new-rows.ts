import { createHash } from 'node:crypto';
import { RefusedError } from '../contracts/errors.js';
import type { NewJob } from '../contracts/job-store.js';
import type { Binding, Database, Statements } from './database.js';
import { headStartSeconds } from './head-start.js';
import { placeholders } from './placeholders.js';
import { type JobRow, toStored } from './row.js';

/** Rows, and bytes of their data, in one statement of a list. */
const MOST_ROWS = 1000;
const MOST_BYTES = 256 * 1024;

/** The numbers that the database gave, by id. */
export type Numbers = ReadonlyMap<string, number>;
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
  ['job_group', ({ group = null }) => group, null],
  ['parent', ({ parent = null }) => parent, null],
  ['schedule_key', ({ schedule = null }) => schedule, null],
  ['key_hash', (job) => keyHash(job) ?? null, null],
  ['secret_key', ({ secrets }) => secrets?.keyId ?? null, null],
  ['secrets', ({ secrets }) => (secrets === undefined ? null : JSON.stringify(secrets.values)), null],
];

interface AddOptions {
  readonly parts?: readonly NewJob[][];
  readonly waitsFor?: number;
  readonly begun?: () => void;
}

/** Puts new jobs into the table: as few statements as their size allows, on the connection that is given. */
export class NewRows {
  constructor(private readonly database: Database) {}

  /** In as few statements as their size allows; `isOne`: one, which needs no transaction around it. */
  plan(jobs: readonly NewJob[]): { readonly parts: readonly NewJob[][]; readonly isOne: boolean } {
    const parts = inParts(jobs);
    const isOne = parts.length < 2 && !jobs.some(({ inputs, next }) => inputs.length > 0 || next !== undefined);
    return { parts, isOne };
  }

  /**
   * All of them, with the jobs that wait for them, and the uploads that they name, which then belong to them. `waitsFor`:
   * the number of the job for which these wait. `begun`: called when they are in, before those that wait for them.
   */
  async addAll(
    jobs: readonly NewJob[],
    on: Statements,
    { parts = inParts(jobs), waitsFor, begun }: AddOptions = {},
  ): Promise<Numbers> {
    const given = new Map<string, number>();
    for (const part of parts) for (const [id, number] of await this.add(part, on, waitsFor)) given.set(id, number);
    begun?.();
    for (const { id, inputs, next } of jobs) {
      for (const input of inputs) await this.#takeUpload(input.id, id, on);
      if (next) for (const [later, number] of await this.#addNext(given.get(id), next, on)) given.set(later, number);
    }
    return given;
  }

  async #addNext(before: number | undefined, next: readonly NewJob[], on: Statements): Promise<Numbers> {
    if (before === undefined)
      throw new Error('A job that others wait for is gone again in the moment it was inserted.');
    const given = await this.addAll(next, on, { waitsFor: before });
    const numbers = next.map(({ id }) => given.get(id));
    await on.change('UPDATE progress_manager SET next_jobs = ? WHERE number = ?', [JSON.stringify(numbers), before]);
    return given;
  }

  /** One statement. Jobs that wait are not due. */
  async add(jobs: readonly NewJob[], on: Statements, waitsFor?: number): Promise<Numbers> {
    if (jobs.length === 0) return new Map();
    const { now, returning } = this.database.dialect;
    const said = OPTIONAL.filter(([, of, unsaid]) => jobs.some((job) => of(job) !== unsaid));
    const isLater = jobs.some(({ runAt }) => runAt !== undefined);
    const isWaiting = waitsFor !== undefined;
    const own = `?, ?, ?, ?${', ?'.repeat(said.length)}, ${now()}, ${now()}${isWaiting ? `, ${waitsFor}` : ''}`;
    const bindings: Binding[] = [];
    for (const job of jobs) {
      bindings.push(job.id, job.name, job.type, job.data);
      for (const [, of] of said) bindings.push(of(job));
      if (job.runAt !== undefined) bindings.push(...Array<string>(isWaiting ? 1 : 3).fill(toStored(job.runAt)));
    }
    const given = await on.rows<Numbered>(
      `INSERT INTO progress_manager (id, name, type, data${said.map(([column]) => `, ${column}`).join('')}, created_at,
              modified_at${isWaiting ? ', waits_for' : ''}, due_at${isLater ? ', run_at' : ''})
       VALUES ${jobs.map((job) => `(${own}, ${isWaiting ? 'NULL' : this.#due(job)}${isLater ? `, ${this.#runAt(job)}` : ''})`).join(', ')}
       ${returning('number, id')}`,
      bindings,
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

  async #takeUpload(uploadId: string, jobId: string, on: Statements): Promise<void> {
    const sql = 'UPDATE progress_upload SET job_id = ? WHERE id = ? AND job_id IS NULL';
    if ((await on.change(sql, [jobId, uploadId])) === 1) return;
    throw new RefusedError('file_refused', `The upload ${uploadId} already belongs to a job. Upload the file again.`);
  }

  /** By their ids: which numbers a statement of many rows gives them is the database's affair. */
  #numbers(jobs: readonly NewJob[], on: Statements): Promise<Numbered[]> {
    const sql = `SELECT number, id FROM progress_manager WHERE id IN (${placeholders(jobs)})`;
    const ids = jobs.map(({ id }) => id);
    return on.rows<Numbered>(sql, ids);
  }
}

/** What a row brings into a statement: its texts, and a few hundred bytes besides. */
export function bytesOf({ data, name, key = '', userId = '', secrets }: NewJob): number {
  const sealed = secrets === undefined ? 0 : JSON.stringify(secrets.values).length;
  const own = Buffer.byteLength(data) + Buffer.byteLength(name);
  return own + Buffer.byteLength(key) + Buffer.byteLength(userId) + sealed + 300;
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

/**
 * What makes a key one of a kind: SHA-256 of type and key, which byte by byte is the same on every database; of the
 * owner too where keys are each owner's own. No type begins with NUL, and no text holds one.
 */
export function keyHash({ type, key, keyScope, userId = '' }: Pick<NewJob, 'type' | 'key' | 'keyScope' | 'userId'>) {
  if (key === undefined) return undefined;
  const hash = createHash('sha256');
  if (keyScope === 'owner') hash.update('\0').update(userId).update('\0');
  return hash.update(type).update('\0').update(key).digest();
}
