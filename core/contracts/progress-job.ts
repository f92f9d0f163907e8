import type { Knex } from 'knex';
import type { ChildJob, ChildOptions } from './child-job.js';
import type { ChildCounts, Counts, InputFile, JobPhase, OutputFile } from './job.js';
import type { ItemOutcome } from './job-items.js';
import type { JobLogLevel } from './job-log.js';
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

/** Where a job of a type with phases is. */
export interface PhaseInSlice extends JobPhase {
  /** Percent of this phase, 0…100. */
  readonly progress: number;
}

/** What a slice is given: the job as it was last recorded. */
export interface ProgressJob<T extends JobType = string> {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly type: T;
  readonly data: JobData<T>;
  /** Where the next slice begins, as the last one left it; 0 at first. */
  readonly offset: number;
  /** Percent of the whole job. */
  readonly progress: number;
  /** The phase it is in; `undefined` where its type declares none. */
  readonly phase: PhaseInSlice | undefined;
  readonly status: Status;
  readonly counts: Counts;
  /** How the jobs ended that its last slice with `addChild` added; `undefined`: it has added none. */
  readonly children: ChildCounts | undefined;
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
  /**
   * Moves the bar within a long slice: progress in percent (0…100; of the phase, where there are phases) and a message.
   * Saved at the next beat, once a second, however often it is called.
   */
  report(progress: number, message?: string): void;
  /**
   * Adds a line to the job's log: a message of at most 8 KiB, and details as JSON. It can be read from the next beat
   * on, also when this slice throws or is dropped. Nothing that it is given ends the job.
   */
  log(level: JobLogLevel, message: string, details?: unknown): void;
  /** Says something to whoever runs this job in the foreground. It is kept nowhere, and goes nowhere else. */
  debug(message: string, details?: unknown): void;
  /** Tells the owner something, at most 8 KiB: `progressManager.messages` gives it, in order, also after the end. */
  tell(text: string): void;
  /**
   * Says what became of one of the things that the job deals with. Written when this slice is recorded, and only then;
   * the last outcome of a key stands. Items that failed or were skipped can be listed, with the reason (at most 1 KiB);
   * `ok` is counted. Throws TypeError for a key that is no text of 1 to 255 bytes, and for another outcome.
   */
  item(key: string | number, outcome: ItemOutcome, reason?: string): void;
  /**
   * From here on the slice is in this phase of its type's `phases`, by name or from 1: what it reports next is percent
   * of that phase. Phases only go forward. Throws for a phase that the type does not declare.
   */
  phase(phase: number | string): void;
  /**
   * Adds a job of which this one is the parent: pushed when this slice is recorded, and only then, for the same owner.
   * The parent then rests, holding no worker's place, until all that the slice added have ended, in whatever way; its
   * bar moves on with theirs, to the end of its phase or of the bar. Its next slice finds them in `children()`. Gives the
   * id that the job will have. Throws as `push`. At most 1,000 in a slice, and only in one that says `in_progress`.
   */
  addChild<T extends JobType>(name: string, type: T, data?: JobData<T>, options?: ChildOptions): Promise<string>;
  /** The jobs that its last slice with `addChild` added, as they stand now, in that order. */
  children(): AsyncIterable<ChildJob>;
  /**
   * Keeps a callback until the slice has returned; then one short transaction runs the callbacks in order and
   * records the slice. All of it is committed, or nothing. The callback only writes to the database and assigns;
   * it may be run again after a deadlock. What commits or rolls back by itself (DDL, TRUNCATE, OR ROLLBACK) has to come
   * before the slice's first write: behind it, it ends the job in error (WriteEndedError).
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
   * Up to `length` bytes of an input file from byte `position`, or all of it; fewer only at its end.
   * Throws FileMissingError when the job has no such input or its bytes are gone.
   */
  read(input: InputFile, position?: number, length?: number): Promise<Buffer>;
  /** Adds to the end of the output file `name`. Others see it once this slice is recorded; a dropped slice leaves no trace. */
  append(name: string, content: string | Uint8Array): Promise<void>;
}

/** What a service may use that counts what its job has to do. */
export interface CountContext {
  /** Fires when nobody waits for the count any longer: its time is over. */
  readonly signal: AbortSignal;
  /** The owner, or the application for a job without one. */
  readonly user: User;
}

/** What the façade gives a service that prepares the data of a push. */
export interface PushContext {
  readonly user: User;
  /** Files named in the push. */
  readonly inputs: readonly InputFile[];
  /** Bytes of one of them, as `files.read` of a slice gives them. */
  read(input: InputFile, position: number, length: number): Promise<Buffer>;
  /** Keeps content that is too large for `data` as an input file of the job. */
  addFile(name: string, content: string | Uint8Array | AsyncIterable<Uint8Array>): Promise<InputFile>;
}

/** A job service: works on one job, slice by slice. A fresh instance serves each slice. */
export interface ProgressJobInterface<T extends JobType = string> {
  /**
   * Does one slice. `true`: write what the getters say. `false`: not now; the row stays as it is and is tried later.
   * What it throws ends the job in `error`, or is tried again where its type says so (`retry`); after its signal has
   * fired, and when the application's own database failed it, nothing is recorded and the slice is done again later. What
   * gives back no promise is over when it returns: work that it began and did not await comes too late. What it enters
   * into an `AsyncLocalStorage` ends with the slice.
   */
  executeProgressJob(job: ProgressJob<T>, context: JobContext): boolean | Promise<boolean>;
  /** Percent, 0…100; of the phase, where its type declares phases. Also asked for once a second while a slice runs. */
  getProgress(): number;
  getStatus(): Status;
  /** The phase that the getters speak of and the next slice begins in, by name or from 1; left out, the one it is in. */
  getPhase?(): number | string | undefined;
  getOffset?(): number;
  getData?(): unknown;
  getMessage?(): string | undefined;
  getResult?(): unknown;
  getCounts?(): Counts;
  /**
   * How many there are to process, for a bar whose total is not known otherwise: percent is then processed ÷ total. Asked
   * once, of an instance of its own, beside the work, which never waits for it; until it answers the bar is
   * indeterminate. `undefined`, an error, or no answer within 30 s: the bar stays so, and the job is not harmed. In
   * `progress-manager/testing` each slice begins after the count, so that the outcome is no matter of chance.
   */
  countTotal?(job: ProgressJob<T>, context: CountContext): number | undefined | Promise<number | undefined>;
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
