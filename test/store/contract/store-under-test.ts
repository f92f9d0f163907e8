import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import type { Job } from '../../../core/contracts/job.js';
import type { ClaimedJob, ClaimRequest, NewJob } from '../../../core/contracts/job-store.js';
import { APPLICATION } from '../../../core/contracts/user.js';
import { Database } from '../../../core/store/database.js';
import { KnexJobStore } from '../../../core/store/knex-job-store.js';
import { openDatabase } from '../../../core/store/open-database.js';
import { toStored } from '../../../core/store/row.js';
import { Migrator } from '../../../migrations/index.js';
import { LEASE_MS, newJob } from './samples.js';

/** An empty database; in memory, only one connection can see it. */
export interface EmptyDatabase extends AsyncDisposable {
  readonly url: string;
}

export type OpenDatabase = () => Promise<EmptyDatabase>;

const NO_MODULES = fileURLToPath(new URL('.', import.meta.url));
const QUIET = { debug() {}, info() {}, warn() {}, error() {} };
const BEGINNING = Date.UTC(2030, 0, 1);

/** A store on a migrated database whose clock stands still until a test moves it, with shorthands for what tests do most. */
export class StoreUnderTest {
  #time = BEGINNING;
  #open: { readonly place: EmptyDatabase; readonly databases: readonly Database[] } | undefined;

  async open(openEmpty: OpenDatabase): Promise<void> {
    const place = await openEmpty();
    const count = place.url.includes(':memory:') ? 1 : 2;
    const boundNow = () => toStored(this.now);
    const options = { url: place.url, pool: 10, boundNow };
    const databases = await Promise.all(Array.from({ length: count }, () => openDatabase(options)));
    this.#open = { place, databases };
    await new Migrator(this.database, NO_MODULES, QUIET).latest();
  }

  /** Removes all rows and sets the clock back. */
  async empty(): Promise<void> {
    this.#time = BEGINNING;
    for (const table of ['progress_manager', 'progress_gate', 'progress_pause', 'progress_worker'])
      await this.database.knex(table).delete();
  }

  async close(): Promise<void> {
    for (const database of this.#open?.databases ?? []) await database.close();
    await this.#open?.place[Symbol.asyncDispose]();
  }

  get database(): Database {
    return this.#opened.databases[0] as Database;
  }

  get store(): KnexJobStore {
    return new KnexJobStore(this.database, { tokenStep: 1 });
  }

  /** A store on connections of its own, as another process would have, where the database can be opened twice. */
  get otherStore(): KnexJobStore {
    return new KnexJobStore(this.#opened.databases.at(-1) as Database, { tokenStep: 1 });
  }

  /** What the database's clock says, in ISO 8601. */
  get now(): string {
    return this.fromNow(0);
  }

  fromNow(milliseconds: number): string {
    return new Date(this.#time + milliseconds).toISOString();
  }

  pass(milliseconds: number): void {
    this.#time += milliseconds;
  }

  async push(changes: Partial<NewJob> = {}): Promise<Job> {
    return this.job((await this.store.insert(newJob(changes))).job.number);
  }

  /** Numbers of as many jobs, pushed one after the other. */
  async pushMany(count: number, changes: Partial<NewJob> = {}): Promise<number[]> {
    const numbers: number[] = [];
    while (numbers.length < count) numbers.push((await this.push(changes)).number);
    return numbers;
  }

  async claim(changes: Partial<ClaimRequest> = {}): Promise<readonly ClaimedJob[]> {
    const request = { worker: 'host:1/a', types: ['copy'], limit: 10, leaseMs: LEASE_MS, ...changes };
    return (await this.store.claim(request)).jobs;
  }

  /** Numbers of the jobs that a claim gives. */
  async claimNumbers(changes: Partial<ClaimRequest> = {}): Promise<number[]> {
    return (await this.claim(changes)).map(({ number }) => number);
  }

  /** The lease of a job pushed just now. */
  async running(changes: Partial<NewJob> = {}): Promise<ClaimedJob> {
    const { number } = await this.push(changes);
    return this.take(number);
  }

  /** The lease of this job, which must be due. */
  async take(number: number, worker = 'host:1/a'): Promise<ClaimedJob> {
    const type = (await this.job(number)).type;
    const lease = (await this.claim({ types: [type], worker })).find((claimed) => claimed.number === number);
    if (!lease) throw new Error(`Job ${number} could not be claimed.`);
    return lease;
  }

  async job(number: number): Promise<Job> {
    const job = await this.store.get(number, APPLICATION);
    if (!job) throw new Error(`There is no job ${number}.`);
    return job;
  }

  /** Columns as they stand. */
  async row(number: number): Promise<Readonly<Record<string, unknown>>> {
    return this.database.knex('progress_manager').where({ number }).first();
  }

  /** Columns as another program may set them. */
  async set(number: number, columns: Readonly<Record<string, unknown>>): Promise<void> {
    await this.database.knex('progress_manager').where({ number }).update(columns);
  }

  /** Lets something happen between the store's last read and its next guarded update. */
  beforeNextUpdate(change: () => Promise<unknown>): void {
    const send = Database.prototype.changeAgain;
    vi.spyOn(Database.prototype, 'changeAgain').mockImplementationOnce(async function (this: Database, ...statement) {
      await change();
      return send.apply(this, statement);
    });
  }

  /** Lets something happen between the store's next guarded update and what it reads then. */
  afterNextUpdate(change: () => Promise<unknown>): void {
    const send = Database.prototype.changeAgain;
    vi.spyOn(Database.prototype, 'changeAgain').mockImplementationOnce(async function (this: Database, ...statement) {
      const changed = await send.apply(this, statement);
      await change();
      return changed;
    });
  }

  get #opened() {
    if (!this.#open) throw new Error('The database is not open.');
    return this.#open;
  }
}
