import type { DebugLine, NewLine } from '../../contracts/job-log.js';
import type { ClaimedJob } from '../../contracts/job-store.js';
import type { Tables } from '../../contracts/tables.js';
import type { StopReason } from '../outcome.js';
import type { RunningJob, Sample } from '../running-job.js';
import type { AfterSlice } from '../slice-following.js';

/** What a child process needs to be a worker of one job. Sent, and never put into its arguments: they hold a password. */
export interface ChildOptions {
  readonly root: string;
  readonly databaseUrl: string;
  readonly tables: Tables;
  readonly filesDir: string;
  readonly worker: string;
  readonly intervalMs: number;
  readonly beatMs: number;
  readonly sliceMs: number;
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly uploadMax: number;
  /** `id:key` each. */
  readonly secretKeys: readonly string[];
  /** A module that gives the application's own services. */
  readonly servicesFrom: string | undefined;
  /** Somebody listens to `context.debug`. */
  readonly hearsDebug: boolean;
}

/** What a worker says to the child process of a job. */
export type ToChild =
  | { readonly kind: 'open'; readonly options: ChildOptions }
  /** This is the job, as it was claimed. */
  | { readonly kind: 'begin'; readonly claimed: ClaimedJob; readonly leaseLeftMs: number }
  /** Carry it one slice further. */
  | { readonly kind: 'slice' }
  /** Once a beat. */
  | {
      readonly kind: 'lease';
      readonly leftMs: number;
      readonly beat: number;
      /** Lines up to this place are in the table. */
      readonly writtenUpTo: number;
    }
  | { readonly kind: 'stop'; readonly because: StopReason }
  /** Answers `mustLeave`. */
  | { readonly kind: 'leave'; readonly must: boolean }
  | { readonly kind: 'end' };

/** How the job stands in the child's memory, for the worker to follow. */
export type JobState = Pick<RunningJob, 'claimed' | 'shown' | 'progressSent' | 'phase' | 'pace'>;

/** How a slice came back: carried, or left to `giveUp` for a fault of the database. */
export type SliceAnswer =
  | { readonly kind: 'after'; readonly after: AfterSlice; readonly state: JobState }
  | { readonly kind: 'threw'; readonly message: string; readonly state: JobState };

/** What the child process of a job says to its worker. */
export type FromChild =
  | SliceAnswer
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string }
  /** Once a beat: its event loop turns, and so many beats of its worker were heard. */
  | {
      readonly kind: 'alive';
      readonly sample: Sample | undefined;
      readonly residentBytes: number;
      readonly heard: number;
    }
  /** What the job has said. */
  | { readonly kind: 'lines'; readonly lines: readonly NewLine[] }
  | { readonly kind: 'debug'; readonly line: DebugLine }
  | { readonly kind: 'mustLeave' }
  | {
      readonly kind: 'log';
      readonly level: 'debug' | 'info' | 'warn' | 'error';
      readonly fields: object;
      readonly message: string;
    }
  /** A job may be due: `pushed` or `due` of JobEvents. */
  | { readonly kind: 'due'; readonly job: { readonly id: string; readonly type: string } }
  | { readonly kind: 'cancelled'; readonly number: number }
  | { readonly kind: 'ended'; readonly id: string; readonly parent?: number | undefined };
