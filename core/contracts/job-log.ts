import type { WriteTransaction } from './progress-job.js';

/** How much a line of a job's log matters, the least first. */
export const JOB_LOG_LEVELS = ['info', 'warning', 'error'] as const;

export type JobLogLevel = (typeof JOB_LOG_LEVELS)[number];

export function isJobLogLevel(value: unknown): value is JobLogLevel {
  return JOB_LOG_LEVELS.includes(value as JobLogLevel);
}

/** A line of a job's log. */
export interface LogLine {
  /** Rises with each line of a job, with gaps. */
  readonly seq: number;
  /** By the database's clock, ISO 8601 in UTC. */
  readonly at: string;
  readonly level: JobLogLevel;
  readonly message: string;
  /** As given; `undefined` for none. What is no JSON is a text that says so. */
  readonly details: unknown;
  /** The attempt that it was said in, from 1. */
  readonly attempt: number;
  /** How many slices were recorded before the one that it was said in. */
  readonly slice: number;
}

/** Which lines are read. */
export interface LogQuery {
  /** Lines after this `seq`: `next` of the page before. */
  readonly after?: number;
  /** 1…1,000, 200 by default. */
  readonly limit?: number;
  readonly attempt?: number;
  /** Lines that matter at least so much. */
  readonly level?: JobLogLevel;
}

/** Lines, the oldest first. */
export interface LogPage {
  readonly list: readonly LogLine[];
  /** For `after` of the next look, also when nothing more has come yet. */
  readonly next: number;
}

/** What a job told its owner. */
export interface UserMessage {
  readonly seq: number;
  /** By the database's clock, ISO 8601 in UTC. */
  readonly at: string;
  readonly text: string;
}

/** What `context.debug` said. It is kept nowhere. */
export interface DebugLine {
  /** The job's number. */
  readonly job: number;
  readonly message: string;
  /** What JSON makes of what was given; `undefined` for none. */
  readonly details: unknown;
}

/** Takes what jobs say by `context.debug`, at once: for whoever sits before a job in the foreground. */
export type DebugSink = (line: DebugLine) => void;

/** For whom a line is: the log, or the owner. */
export type LineKind = 'log' | 'message';

/** A line on its way into the table. */
export interface NewLine {
  readonly kind: LineKind;
  /** One number for each line of a lease. A line that is sent twice is written once. */
  readonly place: number;
  readonly level: JobLogLevel;
  /** At most 8 KiB. */
  readonly message: string;
  /** JSON text. */
  readonly details: string | undefined;
  readonly attempt: number;
  readonly slice: number;
  /** What it counts towards the limit of its job's log. */
  readonly bytes: number;
  /** How long ago it was said, ms. */
  readonly ageMs: number;
  /** Left out when the same slice has such a line already, with these very details. */
  readonly isOnce: boolean;
}

/** Lines of one job under the lease that they were said in. */
export interface LeasedLines {
  readonly number: number;
  readonly leaseVersion: number;
  readonly lines: readonly NewLine[];
}

/** Places in one lease: what is said after so many lines is not kept. */
export const MOST_PLACES = 2 ** 28;

/** Where the logs of jobs are kept, and what they told their owners. */
export interface JobLogStore {
  /**
   * Adds lines; those of a lease that was lost are left out, unless it was lost to a cancel. Doing it again changes
   * nothing. `inside`: in this transaction. `isPatient`: a database that is away is waited for.
   */
  append(
    lines: readonly LeasedLines[],
    how?: { readonly inside?: WriteTransaction; readonly isPatient?: boolean },
  ): Promise<void>;
  /** Drops the oldest lines or messages of a job that has too many bytes of them; a line in their place says so. */
  trim(number: number, kind: LineKind): Promise<void>;
  read(number: number, query: LogQuery): Promise<LogPage>;
  /** What the job told and nobody has taken, in order. */
  messages(number: number): Promise<readonly UserMessage[]>;
  /** The same, and takes them: each is given to one caller. */
  takeMessages(number: number): Promise<readonly UserMessage[]>;
}
