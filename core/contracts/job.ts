import type { Status } from './status.js';

/** How many things a job dealt with. `ok` is what remains: processed − failed − skipped. */
export interface Counts {
  readonly processed: number;
  /** `undefined`: not known, or not yet. */
  readonly total: number | undefined;
  readonly failed: number;
  readonly skipped: number;
}

/** A file that a job reads (uploaded before it was pushed). */
export interface InputFile {
  readonly id: string;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** A file that a job wrote: its parts, in order, make up its content. */
export interface OutputFile {
  readonly name: string;
  /** Bytes, over all parts. */
  readonly size: number;
  readonly parts: readonly { readonly name: string; readonly size: number }[];
}

/** One of the phases that a job's type declares. */
export interface JobPhase {
  /** From 1. */
  readonly index: number;
  /** How many there are. */
  readonly of: number;
  readonly name: string;
}

export interface JobFailure {
  readonly code: string;
  readonly message: string;
}

/** How the jobs stand that a job's last `addChild` slice added. */
export interface ChildCounts {
  readonly total: number;
  /** In whatever way, failed and cancelled ones among them. */
  readonly ended: number;
  readonly failed: number;
  /** Or removed. */
  readonly cancelled: number;
}

/** A row of `progress_manager` as the rest of the program sees it. Times are ISO 8601 in UTC. */
export interface Job {
  readonly number: number;
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly status: Status;
  /** 0…100 with two decimals; 100 only at success. */
  readonly progress: number;
  /** Of the phase, for a job that has phases. */
  readonly counts: Counts;
  /** Which phase it is in, or ended in without success; `undefined` for types without phases, and before the first move. */
  readonly phase: JobPhase | undefined;
  /**
   * When it will have ended, if it goes on as it did lately and is neither paused nor kept waiting. Fixed when its
   * progress was last saved; `undefined` while not known, once it has passed, and for jobs that are not in progress.
   */
  readonly eta: string | undefined;
  readonly message: string | undefined;
  readonly data: unknown;
  readonly result: unknown;
  readonly error: JobFailure | undefined;
  readonly inputs: readonly InputFile[];
  readonly outputs: readonly OutputFile[];
  readonly userId: string | undefined;
  readonly key: string | undefined;
  /** What `limitPerGroup` of its type counts by. */
  readonly group: string | undefined;
  /** The number of the job that must succeed before this one starts. */
  readonly waitsFor: number | undefined;
  /** The number of the job that added this one. */
  readonly parent: number | undefined;
  /** The key of the schedule that pushed it, by the clock or by hand. */
  readonly schedule: string | undefined;
  /** How the jobs stand that it added; `undefined`: none. */
  readonly children: ChildCounts | undefined;
  /** −5 (last) … 5 (first). */
  readonly priority: number;
  /** Of its data: a worker works on jobs of its type's version and of older ones. */
  readonly version: number;
  /** The id of the key that opens its secrets; `undefined`: it has none. */
  readonly secretKey: string | undefined;
  readonly offset: number;
  /** Rises by one whenever the job is begun anew. */
  readonly attempt: number;
  /** Rises with every change that a reader can see. */
  readonly revision: number;
  readonly isHidden: boolean;
  readonly isClosed: boolean;
  /** `host:pid` of the process that has it now. */
  readonly worker: string | undefined;
  readonly runAt: string | undefined;
  readonly dueAt: string | undefined;
  readonly createdAt: string;
  readonly modifiedAt: string;
  readonly startedAt: string | undefined;
  readonly finishedAt: string | undefined;
}
