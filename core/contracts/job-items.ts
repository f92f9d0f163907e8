import type { InputFile, Job } from './job.js';
import type { ClaimedJob } from './job-store.js';
import type { JobData, JobType, WriteTransaction } from './progress-job.js';

export const ITEM_OUTCOMES = ['ok', 'failed', 'skipped'] as const;

/** What became of one of the things that a job deals with. */
export type ItemOutcome = (typeof ITEM_OUTCOMES)[number];

/** Outcomes that have a row of the ledger; `ok` is only counted, and takes an earlier row away. */
export const LISTED_OUTCOMES = ['failed', 'skipped'] as const satisfies readonly ItemOutcome[];

export type ListedOutcome = (typeof LISTED_OUTCOMES)[number];

/** The ledger of one job has so many rows at most; further items are only counted. */
export const MOST_ITEMS = 100_000;

/** An item that failed or was skipped: the last that was said of its key. */
export interface JobItem {
  /** Rises in the order in which outcomes were said. */
  readonly seq: number;
  readonly key: string;
  readonly outcome: ListedOutcome;
  readonly reason: string | undefined;
  /** By the database's clock, ISO 8601 in UTC. */
  readonly at: string;
  readonly attempt: number;
  readonly slice: number;
}

export interface ItemQuery {
  readonly outcome?: ListedOutcome;
  /** Items after this `seq`: `next` of the page before. */
  readonly after?: number;
  /** 1…1,000, 200 by default. */
  readonly limit?: number;
}

/** Items in the order in which their outcomes were said. */
export interface ItemPage {
  readonly list: readonly JobItem[];
  /** For `after` of the next page, also when nothing more has come yet. */
  readonly next: number;
}

/** What a slice said of one item. */
export interface NewItem {
  readonly key: string;
  readonly outcome: ItemOutcome;
  readonly reason: string | undefined;
}

/** What the ledger knows of a job after a slice's items were written. */
export interface LedgerState {
  /** How many rows it has at most. */
  readonly rows: number;
  /** Items of this slice that were only counted, because the ledger is full. */
  readonly left: number;
}

/** Where the ledgers of jobs are kept. */
export interface JobItemStore {
  /**
   * Writes a slice's items within the transaction that records the slice: the last outcome of a key stands.
   * `rows`: what is known from the slice before.
   */
  write(
    lease: ClaimedJob,
    items: readonly NewItem[],
    rows: number | undefined,
    transaction: WriteTransaction,
  ): Promise<LedgerState>;
  read(number: number, query: ItemQuery): Promise<ItemPage>;
}

/** A job some of whose items failed, as its type is told of it. `data` and `inputs` are those of the new job to be. */
export interface FailedJob<T extends JobType = string>
  extends Pick<Job, 'id' | 'number' | 'name' | 'counts' | 'userId'> {
  readonly type: T;
  /** As it was pushed. */
  readonly data: JobData<T>;
  readonly result: unknown;
  readonly inputs: readonly InputFile[];
}
