import type { ClassOf } from './config.js';
import type { Job } from './job.js';
import type { TerminalStatus } from './status.js';
import type { User } from './user.js';

/** A job as it is about to be pushed: checked, and prepared by its type. */
export interface PushedJob extends Pick<Job, 'id' | 'name' | 'type' | 'data' | 'userId' | 'isHidden' | 'key'> {
  readonly priority: number;
  readonly runAt: string | undefined;
}

/** A job as it ended. What it brought and where it stood is read by its id: it may be large, and may have gone on since. */
export interface EndedJob
  extends Pick<Job, 'id' | 'number' | 'name' | 'type' | 'userId' | 'isHidden' | 'key' | 'progress' | 'counts'>,
    Pick<Job, 'message' | 'error' | 'attempt' | 'createdAt' | 'startedAt'> {
  readonly status: TerminalStatus;
  readonly finishedAt: string;
}

/** A slice as it is about to stand in the row. */
export interface RecordedSlice extends Pick<Job, 'progress' | 'offset' | 'data'> {
  readonly status: 'in_progress' | Exclude<TerminalStatus, 'cancelled'>;
}

/** What each hook is told. */
export interface HookEvents {
  /** A push, before its row is written. */
  readonly beforePush: { readonly job: PushedJob; readonly user: User };
  /** A button other than cancel, before it does anything. */
  readonly beforeUpdate: { readonly job: Job; readonly action: string; readonly user: User };
  /** What the button did; `job` as it is now, or was before when it is gone. */
  readonly afterUpdate: { readonly job: Job; readonly action: string; readonly user: User };
  readonly beforeCancel: { readonly job: Job; readonly user: User };
  readonly afterCancel: { readonly job: Job; readonly user: User };
  /**
   * A slice, before it begins, in the process that carries its job; `job` as the last one left it. What the hook throws
   * counts as thrown by the slice: the job ends in `error`, code `refused_by_hook`, unless its type says `retry`.
   */
  readonly beforeSlice: { readonly job: Job };
  /**
   * A slice, before it is written, in the process that carries its job; `job` as the last one left it. It may still be
   * refused: its lease may be lost. Nobody waits for the hook.
   */
  readonly beforeRecord: { readonly job: Job; readonly slice: RecordedSlice };
  /** The end of a job: success, error or cancelled, whichever process ended it. */
  readonly finished: { readonly job: EndedJob };
}

export const HOOK_NAMES = [
  'beforePush',
  'beforeUpdate',
  'afterUpdate',
  'beforeCancel',
  'afterCancel',
  'beforeSlice',
  'beforeRecord',
  'finished',
] as const satisfies readonly (keyof HookEvents)[];

export type HookName = (typeof HOOK_NAMES)[number];

export type HookFunction<N extends HookName = HookName> = (event: HookEvents[N]) => void | Promise<void>;

/** A hook that needs services: a class, made anew for each call. */
export interface HookInterface<N extends HookName = HookName> {
  handle(event: HookEvents[N]): void | Promise<void>;
}

/**
 * What a module hangs in. A `before…` that throws refuses: what it throws reaches the caller, and nothing was changed.
 * What `after…`, `beforeRecord` and `finished` throw is logged.
 */
export type HookConfig = { readonly [N in HookName]?: HookFunction<N> | ClassOf<HookInterface<N>> };

/** A hook after merging, with the module that declared it. */
export interface RegisteredHook {
  readonly name: HookName;
  readonly module: string;
  readonly origin: string;
  readonly hook: HookFunction | ClassOf<HookInterface>;
}
