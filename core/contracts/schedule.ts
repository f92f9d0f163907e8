import type { PreparedJob } from './prepared-job.js';
import type { JobData, JobType } from './progress-job.js';
import type { PushEntry, PushOptions } from './push.js';
import type { Status } from './status.js';

/** What becomes of runs that were due while no worker ran, older than a minute: one for the newest, nothing, or each. */
export const MISSED_POLICIES = ['latest', 'none', 'all'] as const;

export type MissedPolicy = (typeof MISSED_POLICIES)[number];

/** One run of a schedule, as a `data` function is told of it. */
export interface ScheduledRun {
  /** The schedule's key. */
  readonly schedule: string;
  /** The nominal time, ISO 8601 in UTC; for a run by hand the time of the press. */
  readonly time: string;
}

/** Data as such; of a type that nobody declared, anything that can be written as JSON. */
type PlainData<T extends JobType> = unknown extends JobData<T> ? object | string | number | boolean : JobData<T>;

/** A job that follows each job of a schedule. What names one job only cannot be said of it. */
export interface ScheduledNext extends Omit<PushEntry, 'options'> {
  readonly options?: Omit<PushOptions, 'id' | 'onKey' | 'transaction' | 'next'> & {
    readonly next?: ScheduledNext | readonly ScheduledNext[];
  };
}

/** One schedule: when jobs are pushed, and which. */
export interface ScheduleConfig<T extends JobType = string> {
  /**
   * Minute, hour, day of the month, month, day of the week; a sixth field in front of them is for seconds. Where both
   * days are narrowed, either is enough.
   */
  readonly cron: string;
  /** IANA name of the zone in which `cron` is read; `UTC` by default. */
  readonly timeZone?: string;
  readonly type: T;
  /** The jobs' name; by default made from the schedule's key. */
  readonly name?: string;
  /** The jobs' data, or a function that makes it. Several workers may ask it for one run, of which one counts. */
  readonly data?: PlainData<T> | ((run: ScheduledRun) => JobData<T> | Promise<JobData<T>>);
  /** The owner of the jobs. */
  readonly userId?: string;
  readonly isHidden?: boolean;
  readonly priority?: number;
  /** Held by one unfinished job of the type at a time: a run that meets it is skipped. */
  readonly key?: string;
  /**
   * What starts when a job of the schedule succeeds, as for a push; pushed with its run, or not at all. A run is skipped
   * while an unfinished job has the key of one of them.
   */
  readonly next?: ScheduledNext | readonly ScheduledNext[];
  readonly missed?: MissedPolicy;
  /** `false`: a run is skipped while a job of this schedule is unfinished; those of `next` are not asked. */
  readonly overlap?: boolean;
  /** Says that this declaration replaces an earlier one of the same key. */
  readonly override?: boolean;
}

/** A schedule after merging, with the file that declared it. */
export interface RegisteredSchedule {
  readonly key: string;
  readonly module: string;
  readonly origin: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly missed: MissedPolicy;
  /** What its jobs are called. */
  readonly name: string;
  /** What its jobs hold so that none begins beside another; `undefined`: they may overlap. */
  readonly jobKey: string | undefined;
  readonly config: ScheduleConfig;
}

/** What became of a run: a job was pushed; none was, for a reason that is in order; or the push was refused. */
export type TickOutcome = 'pushed' | 'skipped' | 'failed';

/** The last run that was decided. Times are ISO 8601 in UTC. */
export interface ScheduleTick {
  /** Its nominal time. */
  readonly tick: string;
  readonly outcome: TickOutcome;
  /** Why there is no job. */
  readonly reason: string | undefined;
  /** The job that was pushed, with its status now; `undefined` once it was removed. */
  readonly job: { readonly id: string; readonly number: number; readonly status: Status } | undefined;
}

/** A schedule as admins see it. Times are ISO 8601 in UTC. */
export interface ScheduleView {
  /** The schedule's key. */
  readonly name: string;
  readonly module: string;
  readonly type: string;
  readonly cron: string;
  /** `cron` in English, where it can be said. */
  readonly inWords: string | undefined;
  readonly timeZone: string;
  readonly isPaused: boolean;
  /** The modules here declare it no more: it is kept, and runs no more. */
  readonly isGone: boolean;
  readonly last: ScheduleTick | undefined;
  /** The next five runs; none of one that is paused or gone. */
  readonly next: readonly string[];
  /** What kept it from pushing the last time it tried. */
  readonly error: { readonly message: string; readonly at: string } | undefined;
}

/** What a schedule says of its jobs. */
export interface ScheduledJob {
  /** The schedule's key. */
  readonly schedule: string;
  readonly name: string;
  readonly type: string;
  readonly data: unknown;
  readonly options: {
    readonly userId?: string;
    readonly isHidden?: boolean;
    readonly priority?: number;
    readonly key?: string;
    readonly next?: ScheduleConfig['next'];
  };
}

/** The façade's pushing, as schedules see it from below. Both throw as `push`. */
export interface PushesScheduled {
  prepare(job: ScheduledJob): Promise<PreparedJob>;
  push(job: ScheduledJob): Promise<{ readonly id: string; readonly number: number; readonly created: boolean }>;
}
