import type { Job } from './job.js';
import type { ClaimedJob } from './job-store.js';
import type { PreparedJob } from './prepared-job.js';
import type { WriteTransaction } from './progress-job.js';
import type { Status } from './status.js';

/** Jobs that one slice may add. Of more, those that are added may add some. */
export const MOST_CHILDREN = 1000;
/** A job, its children, their children …: so deep. Deeper is a job that adds itself for ever. */
export const MOST_GENERATIONS = 5;

/** Options of `context.addChild`. */
export interface ChildOptions {
  /** How much of the parent's bar is this child's, against the others': a number above 0; 1 by default. */
  readonly weight?: number;
  /** −5 (last) … 5 (first); the parent's by default. */
  readonly priority?: number;
  /** What `limitPerGroup` of its type counts by. */
  readonly group?: string;
  /** `false`: it stands in listings and panels beside its parent. Hidden by default, as part of it. */
  readonly isHidden?: boolean;
  /** As the option of `push`. */
  readonly secret?: Readonly<Record<string, string>>;
}

/** A job that the parent's last slice with `addChild` has added, as it stands now. */
export interface ChildJob
  extends Pick<Job, 'number' | 'id' | 'name' | 'type' | 'progress' | 'message' | 'result' | 'error'> {
  /** `removed`: somebody removed it after its end; then only its number and weight are known. */
  readonly status: Status | 'removed';
  readonly weight: number;
}

/** Prepares a child as a push is prepared. Throws as `push`. */
export type PrepareChild = (
  parent: Job,
  name: string,
  type: string,
  data: unknown,
  options: Omit<ChildOptions, 'weight'>,
) => Promise<PreparedJob>;

/** A child that is to be inserted. */
export interface NewChild {
  readonly job: PreparedJob['job'];
  readonly weight: number;
}

/** The part of its bar, in percent, that a parent's children move. */
export interface ChildrenBar {
  readonly from: number;
  readonly to: number;
}

/** What slices need to know of children. */
export interface ChildStore {
  /**
   * Inserts them in the transaction that records the slice, which leaves the parent at rest until they have ended.
   * Throws RefusedError (`too_deep`).
   */
  add(
    parent: ClaimedJob,
    children: readonly NewChild[],
    bar: ChildrenBar,
    transaction: WriteTransaction,
  ): Promise<void>;
  /** The children of the parent's last wave, in the order in which they were added. */
  of(parent: number): AsyncIterable<ChildJob>;
}
