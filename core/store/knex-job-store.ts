import { randomInt } from 'node:crypto';
import { type Abilities, NO_ABILITIES } from '../contracts/abilities.js';
import type { CallersTransaction } from '../contracts/callers-transaction.js';
import { KeyBusyError } from '../contracts/errors.js';
import type { Job, JobFailure } from '../contracts/job.js';
import type {
  Beat,
  BeatAnswer,
  Claimed,
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
  Prefetched,
  PrefetchPosition,
  PrefetchRequest,
  PushedAs,
  Recorded,
  Refuse,
  SliceRecord,
  UnbegunJob,
} from '../contracts/job-store.js';
import type { WriteTransaction } from '../contracts/progress-job.js';
import type { Status } from '../contracts/status.js';
import type { User } from '../contracts/user.js';
import { Able } from './able.js';
import { isAscii } from './ascii.js';
import { BeatWrites } from './beat-writes.js';
import { type Database, STATEMENT_MS } from './database.js';
import { DueJobs } from './due-jobs.js';
import { GiveBack } from './give-back.js';
import { JobClaims } from './job-claims.js';
import { JobInserts } from './job-inserts.js';
import { JobListing } from './job-listing.js';
import { endLeasesOfDead } from './left-leases.js';
import { mine, owner, PeopleWrites } from './people-writes.js';
import { type JobRow, type PushedRow, shownColumns, toJob, toSealed } from './row.js';
import { SliceWrites } from './slice-writes.js';
import { isDuplicate } from './transient.js';

/** So that a token stays a whole number of JavaScript through 8,000 million claims of a job. */
const MOST_STEP = 2 ** 20;

/** What a store of jobs may be told; each has a value that fits where nothing is said. */
export interface JobStoreOptions {
  /** How long a finished slice is kept for a database that is away, ms: a lease is the right measure. */
  readonly patienceMs?: number;
  readonly abilities?: Abilities;
  /** As JobStore's; by default a random number, 1 … 2^20 - 1. */
  readonly tokenStep?: number;
}

/** Jobs in the table `progress_manager`, on MySQL, MariaDB and SQLite. */
export class KnexJobStore implements JobStore {
  readonly tokenStep: number;
  readonly #inserts: JobInserts;
  readonly #listing: JobListing;
  readonly #due: DueJobs;
  readonly #claims: JobClaims;
  readonly #slices: SliceWrites;
  readonly #givingBack: GiveBack;
  readonly #beats: BeatWrites;
  readonly #people: PeopleWrites;

  constructor(
    private readonly database: Database,
    { patienceMs = 30_000, abilities = NO_ABILITIES, tokenStep = randomInt(1, MOST_STEP) }: JobStoreOptions = {},
  ) {
    this.#inserts = new JobInserts(database);
    this.#listing = new JobListing(database);
    const able = new Able(abilities);
    this.#due = new DueJobs(database, able);
    this.tokenStep = tokenStep;
    this.#claims = new JobClaims(database, this.#due, able, tokenStep);
    // A deadline that has passed leaves time for another look.
    const patience = Math.max(patienceMs, 3 * STATEMENT_MS);
    this.#slices = new SliceWrites(database, patience);
    this.#givingBack = new GiveBack(database, patience);
    this.#beats = new BeatWrites(database);
    this.#people = new PeopleWrites(database);
  }

  insert(job: NewJob): Promise<Inserted> {
    return this.#inserts.insert(job);
  }

  insertMany(jobs: readonly NewJob[], refuse: Refuse): Promise<readonly Inserted[]> {
    return this.#inserts.insertMany(jobs, refuse);
  }

  insertWithin(transaction: CallersTransaction, jobs: readonly NewJob[], refuse: Refuse): Promise<readonly Inserted[]> {
    return this.#inserts.insertWithin(transaction, jobs, refuse);
  }

  async get(ref: JobRef, viewer: User): Promise<Job | undefined> {
    if (typeof ref === 'string' && !isAscii(ref)) return undefined;
    const column = typeof ref === 'number' ? 'number' : 'id';
    const sql = `SELECT ${shownColumns(this.database.dialect)} FROM progress_manager WHERE ${column} = ? AND ${mine(viewer)}`;
    const [row] = await this.database.rows<JobRow>(sql, [ref, ...owner(viewer)]);
    return row && toJob(row);
  }

  find(filter: JobFilter, viewer: User): Promise<JobPage> {
    return this.#listing.find(filter, viewer);
  }

  findVersions(filter: JobFilter, viewer: User): Promise<JobPage<JobVersion>> {
    return this.#listing.findVersions(filter, viewer);
  }

  count(filter: JobFilter, viewer: User, most: number): Promise<number> {
    return this.#listing.count(filter, viewer, most);
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

  startNow(number: number, viewer: User): Promise<boolean> {
    return this.#people.startNow(number, viewer);
  }

  close(number: number, viewer: User): Promise<boolean> {
    return this.#people.close(number, viewer);
  }

  remove(number: number, viewer: User): Promise<boolean> {
    return this.#people.remove(number, viewer);
  }

  async pushedAs(number: number): Promise<PushedAs | undefined> {
    const [row] = await this.database.rows<PushedRow>(
      `SELECT COALESCE(pushed_data, data) AS data, COALESCE(pushed_version, version) AS version, secret_key, secrets
         FROM progress_manager WHERE number = ? AND deleted = 0`,
      [number],
    );
    return row && { data: row.data, version: Number(row.version), secrets: toSealed(row) };
  }

  claim(request: ClaimRequest): Promise<Claimed> {
    return this.#claims.claim(request);
  }

  prefetch(request: PrefetchRequest): Promise<Prefetched | undefined> {
    return this.#claims.prefetch(request);
  }

  begin(worker: string, upTo: PrefetchPosition): Promise<boolean> {
    return this.#claims.begin(worker, upTo);
  }

  giveBack(worker: string, waiting: readonly UnbegunJob[], leaseMs: number): Promise<void> {
    return this.#claims.giveBack(worker, waiting, leaseMs);
  }

  claimOne(number: number, request: Pick<ClaimRequest, 'worker' | 'leaseMs'>): Promise<ClaimedJob | undefined> {
    return this.#claims.claimOne(number, request);
  }

  giveBackUncertain(): Promise<void> {
    return this.#claims.giveBackUncertain();
  }

  someDue(types: readonly string[]): Promise<boolean> {
    return this.#due.someDue(types);
  }

  runningOut(types: readonly string[], withinMs: number, most: number): Promise<ReadonlyMap<string, number>> {
    return this.#due.runningOut(types, withinMs, most);
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

  async #keyBusy(number: number, viewer: User): Promise<KeyBusyError> {
    const job = await this.get(number, viewer);
    const holder = await this.#inserts.holderOfKeyOf(number);
    const maySee = holder !== undefined && (viewer.isAdmin || holder.userId === viewer.id);
    return new KeyBusyError(job?.key ?? '', maySee ? holder.id : undefined);
  }
}
