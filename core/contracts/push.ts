import type { CallersTransaction } from './callers-transaction.js';
import type { JobData, JobType } from './progress-job.js';

/** A file of this machine, which is copied; its own name, where none is given. */
export type LocalFile = { readonly path: string; readonly name?: string };

/** One of a list of pushes. */
export interface PushEntry<T extends JobType = JobType> {
  readonly name: string;
  readonly type: T;
  readonly data?: JobData<T>;
  readonly options?: PushOptions;
}

/** Options of a push. */
export interface PushOptions {
  /** A UUID. A push whose id exists is that job, ended or not. */
  readonly id?: string;
  /** The owner: whose job it is. */
  readonly userId?: string;
  /** Kept out of listings. */
  readonly isHidden?: boolean;
  /** Held by one unfinished job of the type at a time. */
  readonly key?: string;
  /** What a busy key means: `reject` (default) throws KeyBusyError, `join` gives the job that holds it. */
  readonly onKey?: 'reject' | 'join';
  /** What `limitPerGroup` of its type counts by. */
  readonly group?: string;
  /** −5 (last) … 5 (first), 0 by default. */
  readonly priority?: number;
  /** Not before: a Date, or ISO 8601 with a time zone. */
  readonly runAt?: string | Date;
  /** Uploads by their id; in code also files of this machine, which are copied. */
  readonly files?: readonly (string | LocalFile)[];
  /** The caller's own, on the application's database: the job is there once it is committed, or not at all. In code only. */
  readonly transaction?: CallersTransaction;
  /**
   * What starts when this job succeeds, and not before; pushed with it, or not at all. Each may have a next of its own: up
   * to 100 jobs in all. When the job is there already, by its id or key, they are not pushed.
   */
  readonly next?: PushEntry | readonly PushEntry[];
  /** Texts that only the job gets to see, sealed in its row: `{ token: '…' }`. Needs a key: `PM_SECRET_KEY`. */
  readonly secret?: Readonly<Record<string, string>>;
}
