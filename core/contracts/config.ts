import type { Knex } from 'knex';
import type { ExtensionConfig, ExtensionPointConfig, RegisteredExtensions } from './extension.js';
import type { HookConfig, HookName, RegisteredHook } from './hook.js';
import type { Job } from './job.js';
import type { FailedJob } from './job-items.js';
import type { KeyScope } from './job-store.js';
import type { TypeLimits } from './limits.js';
import type { JobContext, JobData, JobType, ProgressJob, ProgressJobInterface, PushContext } from './progress-job.js';
import type { RegisteredSchedule, ScheduleConfig } from './schedule.js';
import type { StandardSchema } from './standard-schema.js';
import type { Status } from './status.js';
import type { StatusActionInterface } from './status-action.js';

// biome-ignore lint/suspicious/noExplicitAny: inversify's Newable wants it; the only exception of the project
export type ClassOf<T> = new (...args: any[]) => T;

/** Action keys by status, in the order in which they are offered. */
export type ActionsByStatus = { readonly [S in Status]?: readonly string[] };

/** What a type says about who may start its jobs. Jobs themselves are seen by their owner and by admins. */
export interface TypeAccess {
  /** `users` (default): everybody who is signed in. `admins`: only they and the application. */
  readonly start?: 'users' | 'admins';
}

/** When a slice throws, its job is tried again where it was. */
export interface RetryPolicy {
  /** Tries in all, 1 to 100. */
  readonly attempts: number;
  /** Pause before the next try: `firstMs` (1,000 by default), doubled each time up to `mostMs` (1 hour), with jitter. */
  readonly backoff?: { readonly firstMs?: number; readonly mostMs?: number };
}

/**
 * Whether jobs of a type may go on now: milliseconds to wait, or nothing. Asked at most once a second in each worker,
 * before a job is claimed and between its slices; it must answer within 1 s. One that throws, or does not answer, holds
 * the jobs back for 10 s.
 */
export type Throttle = (means: {
  readonly knex: Knex;
  /** The database's time, by which all else goes. */
  readonly now: Date;
}) => number | undefined | Promise<number | undefined>;

/** One phase of a job: its name, and how much of the bar it takes beside the others (1 by default). */
export type PhaseConfig = string | { readonly name: string; readonly weight?: number };

/** One job type. Either `service` or `run`. Its limits hold over all workers. */
export interface JobTypeConfig<T extends JobType = string> extends TypeLimits {
  /** The class that works on jobs of this type, slice by slice. */
  readonly service?: ClassOf<ProgressJobInterface<T>>;
  /** The short form: one function, one long slice; what it returns is the job's result. */
  run?(job: ProgressJob<T>, context: JobContext): unknown;
  /** Actions of this type, offered after those of `statusAction`. */
  readonly action?: ActionsByStatus;
  /** What people call it; by default made from the key. */
  readonly label?: string;
  /** Checks `data` at push, and may transform it (zod, Valibot, ArkType: any Standard Schema). */
  readonly schema?: StandardSchema<JobData<T>>;
  readonly access?: TypeAccess;
  /**
   * Of the shape of `data`: 1 (default) to 32,767, raised when the shape changes. A job waits for a worker whose type
   * has its version or a later one.
   */
  readonly version?: number;
  /**
   * Gives data of version `from` as version `from + 1` has it. An older job's data is brought up step by step before
   * its slice, and recorded with it. What this throws ends the job in `error` (`migrate_failed`), its data kept.
   */
  migrate?(data: unknown, from: number): unknown;
  /**
   * What the death of a worker in the middle of a slice means: `resume` from the last recorded slice
   * (default of services), or `error` with code `worker_lost` (default of `run`).
   */
  readonly whenWorkerLost?: 'resume' | 'error';
  /** What a slice that throws means; by default the job ends in `error`. */
  readonly retry?: RetryPolicy;
  /**
   * `process`: its slices run in a child process of the job's own, which may block, leak or die without harm to others.
   * `inline` (default): in the worker, until a worker has died in one of the job's slices. An in-memory database has
   * no child processes.
   */
  readonly isolation?: 'inline' | 'process';
  /** For a job in a child process: its heap in MiB, 32 to 65,536; with all else it may take 256 MiB more. By default Node's own. */
  readonly memoryMb?: number;
  /** A slice that runs longer than this is told to stop, and counts as one that threw, ms: 100 to 7 days. */
  readonly maxSliceMs?: number;
  /** Holds all jobs of the type back while something outside is not ready for them. */
  throttle?: Throttle;
  /** Whose the keys of pushes are: `type` (default), one for everybody; `owner`: each owner has keys of their own. */
  readonly keyScope?: KeyScope;
  /**
   * Data of a new job that deals with the items of these keys only, which failed in a finished one. A type that has
   * this offers the action `retry_failed`.
   */
  retryItems?(job: FailedJob<T>, keys: readonly string[], context: PushContext): JobData<T> | Promise<JobData<T>>;
  /**
   * The parts of its work, in order, 1 to 50: what a slice says of progress is percent of the phase it is in. The bar is
   * theirs by weight: with four equal ones, half of the second is 37.5 %.
   */
  readonly phases?: readonly PhaseConfig[];
  /** Says that this declaration replaces an earlier one of the same key. */
  readonly override?: boolean;
}

/** Who does the work of a type, a class or a function: not both, and not neither. */
type EitherWork<T extends JobType> =
  | { readonly service: ClassOf<ProgressJobInterface<T>>; readonly run?: never }
  | { readonly service?: never; run: NonNullable<JobTypeConfig<T>['run']> };

/** One action: its class, or its class with options. */
export type ActionConfig =
  | ClassOf<StatusActionInterface>
  | {
      readonly service: ClassOf<StatusActionInterface>;
      readonly override?: boolean;
      /** Is it offered for this job at all? Asked besides the status, for showing and for executing: keep it pure. */
      readonly when?: ActionCondition;
    };

export type ActionCondition = (job: Job, type: JobTypeConfig | undefined) => boolean;

/** What `modules/<name>/configs/progress-manager.ts` exports as default. */
export interface ProgressManagerConfig<
  K extends string = string,
  S extends Readonly<Record<string, JobType>> = Readonly<Record<string, string>>,
> {
  /** Actions by key. */
  readonly actionService?: { readonly [key: string]: ActionConfig };
  /** Actions offered for every type, by status. */
  readonly statusAction?: ActionsByStatus;
  /** Job types by key. */
  readonly type?: { readonly [P in K]: JobTypeConfig<P> & EitherWork<P> };
  /** Jobs that are pushed by the clock, by key. */
  readonly schedule?: { readonly [P in keyof S]: ScheduleConfig<S[P]> };
  /** Further classes for the container, one instance each, to be injected by their key. */
  readonly services?: { readonly [key: string]: ClassOf<unknown> };
  /** What this module does when jobs are pushed, changed by people, or end. */
  readonly hook?: HookConfig;
  readonly extension?: ExtensionConfig;
  readonly extensionPoint?: ExtensionPointConfig;
}

/** Types a module's config; gives back what it is given. */
export function defineProgressManager<
  const K extends string,
  const S extends Readonly<Record<string, JobType>> = Readonly<Record<never, string>>,
>(config: ProgressManagerConfig<K, S>): ProgressManagerConfig<K, S> {
  return config;
}

/** A job type after merging, with the file that declared it. */
export interface RegisteredType {
  readonly key: string;
  readonly module: string;
  readonly origin: string;
  readonly label: string;
  readonly config: JobTypeConfig;
}

/** An action after merging, with the file that declared it. */
export interface RegisteredAction {
  readonly key: string;
  readonly module: string;
  readonly origin: string;
  readonly service: ClassOf<StatusActionInterface>;
  readonly when: ActionCondition | undefined;
}

/** Everything the modules declared, merged. */
export interface Registry {
  readonly types: ReadonlyMap<string, RegisteredType>;
  readonly actions: ReadonlyMap<string, RegisteredAction>;
  readonly statusAction: ActionsByStatus;
  readonly services: ReadonlyMap<string, ClassOf<unknown>>;
  readonly schedules: ReadonlyMap<string, RegisteredSchedule>;
  /** Core's first, then by module. */
  readonly hooks: ReadonlyMap<HookName, readonly RegisteredHook[]>;
  readonly extensions: RegisteredExtensions;
}
