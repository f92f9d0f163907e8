import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { IdTakenError, KeyBusyError, RefusedError } from '../contracts/errors.js';
import type { Job, JobFailure } from '../contracts/job.js';
import type {
  Beat,
  BeatAnswer,
  ClaimedJob,
  ClaimRequest,
  Inserted,
  JobFilter,
  JobPage,
  JobRef,
  JobStore,
  JobVersion,
  Lease,
  Leave,
  NewJob,
  Recorded,
  SliceRecord,
} from '../contracts/job-store.js';
import type { WriteTransaction } from '../contracts/progress-job.js';
import type { Status } from '../contracts/status.js';
import type { User } from '../contracts/user.js';
import { isAscii } from './ascii.js';
import { BeatWrites } from './beat-writes.js';
import { type Binding, type Database, STATEMENT_MS } from './database.js';
import { GiveBack } from './give-back.js';
import { headStart } from './head-start.js';
import { JobClaims } from './job-claims.js';
import { JobListing } from './job-listing.js';
import { endLeasesOfDead } from './left-leases.js';
import { mine, owner, PeopleWrites } from './people-writes.js';
import { JOB_COLUMNS, type JobRow, toJob, toStored } from './row.js';
import { SliceWrites } from './slice-writes.js';
import { isDuplicate, isOutage, retryTransient } from './transient.js';

/**
 * A busy key may become free between the insert and the look at its holder, and a connection may break: then the
 * insert is tried again.
 */
const INSERT_TRIES = 5;

/** Jobs in the table `progress_manager`, on MySQL, MariaDB and SQLite. */
export class KnexJobStore implements JobStore {
  readonly #listing: JobListing;
  readonly #claims: JobClaims;
  readonly #slices: SliceWrites;
  readonly #givingBack: GiveBack;
  readonly #beats: BeatWrites;
  readonly #people: PeopleWrites;

  /** How long a finished slice is kept for a database that is away, ms: a lease is the right measure. */
  constructor(
    private readonly database: Database,
    patienceMs = 30_000,
  ) {
    this.#listing = new JobListing(database);
    this.#claims = new JobClaims(database);
    // A deadline that has passed leaves time for another look.
    const patience = Math.max(patienceMs, 3 * STATEMENT_MS);
    this.#slices = new SliceWrites(database, patience);
    this.#givingBack = new GiveBack(database, patience);
    this.#beats = new BeatWrites(database);
    this.#people = new PeopleWrites(database);
  }

  async insert(job: NewJob): Promise<Inserted> {
    const hash = job.key === undefined ? undefined : keyHash(job.type, job.key);
    for (let tried = 1, isRepeat = false; ; tried++) {
      try {
        await retryTransient(() => this.#add(job, hash));
        return { created: true, job: await this.#inserted(job.id) };
      } catch (error) {
        if (isOutage(error) && tried < INSERT_TRIES) {
          isRepeat = true;
          await sleep(Math.random() * 100 * 2 ** tried);
          continue;
        }
        if (!isDuplicate(error)) throw error;
        const holder = await this.#holder(job, hash);
        // The answer to an earlier try was lost, and it came through.
        if (isRepeat && holder?.job.id === job.id) return { created: true, job: holder.job };
        if (holder) return holder;
        if (tried === INSERT_TRIES) throw (await this.#isFlagged(job.id)) ? new IdTakenError() : error;
      }
    }
  }

  async get(ref: JobRef, viewer: User): Promise<Job | undefined> {
    if (typeof ref === 'string' && !isAscii(ref)) return undefined;
    const column = typeof ref === 'number' ? 'number' : 'id';
    return this.#one(`${column} = ? AND ${mine(viewer)}`, [ref, ...owner(viewer)]);
  }

  find(filter: JobFilter, viewer: User): Promise<JobPage> {
    return this.#listing.find(filter, viewer);
  }

  findVersions(filter: JobFilter, viewer: User): Promise<JobPage<JobVersion>> {
    return this.#listing.findVersions(filter, viewer);
  }

  counts(viewer: User): Promise<Readonly<Record<Status, number>>> {
    return this.#listing.counts(viewer);
  }

  async statuses(ids: readonly string[]): Promise<ReadonlyMap<string, Status>> {
    const rows = await this.database
      .from('progress_manager')
      .whereIn('id', ids.filter(isAscii))
      .where('deleted', 0)
      .select<{ id: string; status: Status }[]>('id', 'status');
    return new Map(rows.map((row) => [row.id, row.status]));
  }

  cancel(number: number, viewer: User): Promise<boolean> {
    return this.#people.cancel(number, viewer);
  }

  pause(number: number, viewer: User): Promise<boolean> {
    return this.#people.pause(number, viewer);
  }

  resume(number: number, viewer: User): Promise<boolean> {
    return this.#people.resume(number, viewer);
  }

  async retry(number: number, viewer: User): Promise<boolean> {
    try {
      return await this.#people.retry(number, viewer);
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      throw await this.#keyBusy(number, viewer);
    }
  }

  close(number: number, viewer: User): Promise<boolean> {
    return this.#people.close(number, viewer);
  }

  remove(number: number, viewer: User): Promise<boolean> {
    return this.#people.remove(number, viewer);
  }

  async pushedData(number: number): Promise<string | undefined> {
    const sql = 'SELECT COALESCE(pushed_data, data) AS data FROM progress_manager WHERE number = ? AND deleted = 0';
    const [row] = await this.database.rows<{ data: string }>(sql, [number]);
    return row?.data;
  }

  claim(request: ClaimRequest): Promise<{ readonly jobs: readonly ClaimedJob[]; readonly more: boolean }> {
    return this.#claims.claim(request);
  }

  giveBackUncertain(): Promise<void> {
    return this.#claims.giveBackUncertain();
  }

  someDue(types: readonly string[]): Promise<boolean> {
    return this.#claims.someDue(types);
  }

  endLeasesOfDead(host: string, isAlive: (pid: number, boot: string) => boolean): Promise<number> {
    return endLeasesOfDead(this.database, host, isAlive);
  }

  beat(beats: readonly Beat[], leaseMs: number): Promise<ReadonlyMap<number, BeatAnswer>> {
    return this.#beats.beat(beats, leaseMs);
  }

  record(lease: ClaimedJob, slice: SliceRecord, leave: Leave): Promise<Recorded> {
    return this.#slices.record(lease, slice, leave);
  }

  recordWith(
    lease: ClaimedJob,
    work: (transaction: WriteTransaction) => Promise<{ readonly slice: SliceRecord; readonly leave: Leave }>,
  ): Promise<Recorded> {
    return this.#slices.recordWith(lease, work);
  }

  tryLater(lease: ClaimedJob, error: JobFailure, delayMs: number): Promise<boolean> {
    return this.#givingBack.tryLater(lease, error, delayMs);
  }

  postpone(lease: Lease, counts: { refusals: number; idleSlices: number }, delayMs: number): Promise<boolean> {
    return this.#givingBack.postpone(lease, counts, delayMs);
  }

  release(lease: Lease): Promise<boolean> {
    return this.#givingBack.release(lease);
  }

  childDied(lease: Lease): Promise<boolean> {
    return this.#givingBack.childDied(lease);
  }

  condemn(lease: Lease, error: JobFailure): Promise<boolean> {
    return this.#givingBack.condemn(lease, error);
  }

  /** One statement; two in a transaction when the job comes with uploads, which then belong to it. */
  async #add(job: NewJob, hash: Buffer | undefined): Promise<void> {
    if (job.inputs.length === 0) return this.#insertRow(job, hash, this.database.knex);
    await this.database.knex.transaction(async (transaction) => {
      await this.#insertRow(job, hash, transaction);
      for (const input of job.inputs) await this.#takeUpload(input.id, job.id, transaction);
    });
  }

  async #insertRow(job: NewJob, hash: Buffer | undefined, on: Knex): Promise<void> {
    const { now, nowPlus, time } = this.database.dialect;
    const runAt = job.runAt === undefined ? null : toStored(job.runAt);
    await this.database.change(
      `INSERT INTO progress_manager (id, name, type, status, priority, data, inputs, created_by_id, is_hidden, job_key,
              key_hash, run_at, due_at, created_at, modified_at)
       VALUES (?, ?, ?, 'new', ?, ?, ?, ?, ?, ?, ?, ${time('?')},
              CASE WHEN ${time('?')} > ${now()} THEN ${time('?')} ELSE ${nowPlus()} END, ${now()}, ${now()})`,
      [
        ...[job.id, job.name, job.type, job.priority, job.data],
        job.inputs.length > 0 ? JSON.stringify(job.inputs) : null,
        ...[job.userId ?? null, job.isHidden ? 1 : 0, job.key ?? null, hash ?? null],
        ...[runAt, runAt, runAt, headStart(job.priority)],
      ],
      on,
    );
  }

  async #takeUpload(uploadId: string, jobId: string, on: Knex): Promise<void> {
    const sql = 'UPDATE progress_upload SET job_id = ? WHERE id = ? AND job_id IS NULL';
    if ((await this.database.change(sql, [jobId, uploadId], on)) === 1) return;
    throw new RefusedError('file_refused', `The upload ${uploadId} already belongs to a job. Upload the file again.`);
  }

  async #inserted(id: string): Promise<Job> {
    const job = await this.#one('id = ?', [id]);
    if (!job) throw new Error(`The job ${id} is gone again in the moment it was inserted.`);
    return job;
  }

  /** Which job stood in the way of an insert: the one with its id, or the unfinished one with its key. */
  async #holder(job: NewJob, hash: Buffer | undefined): Promise<Inserted | undefined> {
    const same = await this.#one('id = ?', [job.id]);
    if (same) {
      if (same.type !== job.type || same.userId !== job.userId) throw new IdTakenError();
      return { created: false, because: 'id', job: same };
    }
    const holder = hash && (await this.#one('active_key = ?', [hash]));
    return holder && { created: false, because: 'key', job: holder };
  }

  async #keyBusy(number: number, viewer: User): Promise<KeyBusyError> {
    const job = await this.get(number, viewer);
    const holder = job?.key === undefined ? undefined : await this.#one('active_key = ?', [keyHash(job.type, job.key)]);
    const maySee = holder !== undefined && (viewer.isAdmin || holder.userId === viewer.id);
    return new KeyBusyError(job?.key ?? '', maySee ? holder.id : undefined);
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

/** What makes a key one of a kind: SHA-256 of type and key, which byte by byte is the same on every database. */
function keyHash(type: string, key: string): Buffer {
  return createHash('sha256').update(type).update('\0').update(key).digest();
}
