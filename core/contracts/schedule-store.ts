import type { NewJob } from './job-store.js';
import type { ScheduleTick } from './schedule.js';

/** What makes the times of a schedule: when it changes, later times count. */
export interface ScheduleTimes {
  readonly key: string;
  readonly cron: string;
  readonly timeZone: string;
}

/** What the table says of a schedule besides, for those who look at one that no module declares any more. */
export interface DeclaredSchedule extends ScheduleTimes {
  readonly module: string;
  readonly type: string;
}

/** A schedule as its row stands. Times are ISO 8601 in UTC. */
export interface ScheduleState extends DeclaredSchedule {
  readonly isPaused: boolean;
  /** Runs up to here are decided: pushed, skipped, or let pass. */
  readonly decidedUntil: string;
  /** When a worker last had it so in its modules. */
  readonly seenAt: string;
}

export interface ListedSchedule extends ScheduleState {
  readonly last: ScheduleTick | undefined;
  readonly error: { readonly message: string; readonly at: string } | undefined;
}

/** One run, and what is to become of it. `tick`: its nominal time. */
export type Decision = { readonly tick: string } & (
  | { readonly job: NewJob }
  | { readonly outcome: 'skipped' | 'failed'; readonly reason: string }
);

/** What became of it. */
export type Decided =
  | { readonly outcome: 'pushed'; readonly number: number }
  /** No job: decided so, or its key, or one of those that were to follow, was held. */
  | { readonly outcome: 'skipped' | 'failed'; readonly reason: string }
  /** It was not ours to decide: another worker has, or the schedule is paused or was changed. */
  | { readonly outcome: 'passed' };

/** Where schedules live: what was decided of their runs, by all workers together. */
export interface ScheduleStore {
  /** The database's time, and these schedules as they stand; those without a row are left out. */
  look(keys: readonly string[]): Promise<{ readonly now: string; readonly states: ReadonlyMap<string, ScheduleState> }>;
  /** Makes a row, or changes it to this; then runs after this moment count. Does nothing when it stands so. */
  declare(schedule: DeclaredSchedule): Promise<void>;
  /** Says that a worker has these. */
  seen(keys: readonly string[]): Promise<void>;
  /**
   * Decides a run, with its job, in one transaction, if nobody has, it is due, and the schedule stands as it did. Keeps
   * what was decided before for `keepMs`, 0: for good.
   */
  decide(schedule: ScheduleTimes, decision: Decision, keepMs: number): Promise<Decided>;
  /** Keeps why a run could not be pushed, for people; of one that is decided after all, nothing. */
  noteError(key: string, tick: string, message: string): Promise<void>;
  /** All that ever were, by key. */
  list(): Promise<{ readonly now: string; readonly list: readonly ListedSchedule[] }>;
  /** `false`: there is none. */
  pause(key: string): Promise<boolean>;
  /** `isCaughtUp`: runs of the time in which it was paused count as missed ones. `false`: there is none. */
  resume(key: string, isCaughtUp: boolean): Promise<boolean>;
}
