import type { Knex } from 'knex';
import type { Counts, InputFile, OutputFile } from './job.js';
import type { Secrets } from './secret.js';
import type { Status } from './status.js';
import type { User } from './user.js';

/**
 * Job types and the shape of their data. Modules add theirs by declaration merging:
 * `declare module 'progress-manager' { interface ProgressJobTypes { export: { table: string } } }`
 */
// biome-ignore lint/suspicious/noEmptyInterface: empty here, filled by modules
export interface ProgressJobTypes {}

export type JobType = keyof ProgressJobTypes | (string & {});

/** The data of a declared type; `unknown` for types that nobody declared. */
export type JobData<T extends JobType> = T extends keyof ProgressJobTypes ? ProgressJobTypes[T] : unknown;

/** What a slice is given: the job as it was last recorded. */
export interface ProgressJob<T extends JobType = string> {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly type: T;
  readonly data: JobData<T>;
  /** Where the next slice begins, as the last one left it; 0 at first. */
  readonly offset: number;
  readonly progress: number;
  readonly status: Status;
  readonly counts: Counts;
  readonly message: string | undefined;
  readonly result: unknown;
  readonly attempt: number;
  /** How many slices were recorded before this one. */
  readonly sliceNumber: number;
  readonly userId: string | undefined;
  readonly isHidden: boolean;
}

/** A transaction of the application's database: knex, with its builder and `raw`. */
export type WriteTransaction = Knex.Transaction;

/** What a slice may use while it runs. */
export interface JobContext {
  /** Fires when going on is pointless: the job was cancelled, its lease was lost, or the worker stops. */
  readonly signal: AbortSignal;
  /** The owner, or the application for a job without one. */
  readonly user: User;
  readonly files: JobFiles;
  /**
   * Secrets that the job was pushed with, by name. Each prints as `[secret]`; `reveal()` gives its value, which is taken
   * out of all that the job stores or logs.
   */
  readonly secret: Secrets;
  /** Moves the bar within a long slice: progress in percent (0…100) and a message. Saved at the next beat. */
  report(progress: number, message?: string): void;
  /**
   * Keeps a callback until the slice has returned; then one short transaction runs the callbacks in order and
   * records the slice. All of it is committed, or nothing. The callback only writes to the database and assigns;
   * it may be run again after a deadlock.
   */
  write(callback: (transaction: WriteTransaction) => void | Promise<void>): void;
}

/** The files of one job. */
export interface JobFiles {
  /** Files named when the job was pushed. */
  readonly inputs: readonly InputFile[];
  /** Files written by recorded slices. */
  readonly outputs: readonly OutputFile[];
  /**
   * Up to `length` bytes of an input file from byte `position`; fewer only at its end.
   * Throws FileMissingError when the job has no such input or its bytes are gone.
   */
  read(input: InputFile, position: number, length: number): Promise<Buffer>;
  /** Adds to the end of the output file `name`. Others see it once this slice is recorded; a dropped slice leaves no trace. */
  append(name: string, content: string | Uint8Array): Promise<void>;
}

/** What the façade gives a service that prepares the data of a push. */
export interface PushContext {
  readonly user: User;
  /** Files named in the push. */
  readonly inputs: readonly InputFile[];
  /** Keeps content that is too large for `data` as an input file of the job. */
  addFile(name: string, content: string | Uint8Array | AsyncIterable<Uint8Array>): Promise<InputFile>;
}

/** A job service: works on one job, slice by slice. A fresh instance serves each slice. */
export interface ProgressJobInterface<T extends JobType = string> {
  /**
   * Does one slice. `true`: write what the getters say. `false`: not now; the row stays as it is and is tried later.
   * What it throws ends the job in `error`, or is tried again where its type says so (`retry`); after its signal has
   * fired, and when the application's own database failed it, nothing is recorded and the slice is done again later.
   */
  executeProgressJob(job: ProgressJob<T>, context: JobContext): boolean | Promise<boolean>;
  /** Percent, 0…100. Also asked for once a second while a slice runs. */
  getProgress(): number;
  getStatus(): Status;
  getOffset?(): number;
  getData?(): unknown;
  getMessage?(): string | undefined;
  getResult?(): unknown;
  getCounts?(): Counts;
  /** Called once before `executeProgressJob`, so that the getters start from what was recorded. */
  begin?(job: ProgressJob<T>): void;
  /** The state that `write` callbacks may assign; put back by `restore` before the callbacks are run again. */
  snapshot?(): unknown;
  restore?(snapshot: unknown): void;
  /** What a start form offers for fields of `data`, for this user. A field with nothing to choose hides the form. */
  formChoices?(user: User): Readonly<Record<string, readonly string[]>>;
  /**
   * Called once at push, before the row is inserted, with data that passed the type's schema; what it returns is
   * what the job gets. Here a type freezes what must not change later. A service that lacks it when the first job of its
   * type is pushed is not asked again.
   */
  prepareData?(data: JobData<T>, context: PushContext): JobData<T> | Promise<JobData<T>>;
}
