import type { Registry } from '../contracts/config.js';
import { describeError } from '../contracts/describe-error.js';
import type { Hooks } from '../hooks/hooks.js';
import { isOutage } from '../store/transient.js';
import { SliceRefused } from './outcome.js';
import type { RunningJob } from './running-job.js';
import type { Called, Slice } from './slice.js';
import { configOf } from './slice-facts.js';
import type { SliceLog } from './slice-log.js';
import { type Soon, soon } from './soon.js';

/** What the performing of a slice needs. */
export interface PerformingParts {
  readonly registry: Registry;
  readonly hooks: Hooks;
  /** Slices begin when their `countTotal` has answered: for tests, in which chance must say nothing. */
  readonly isCountAwaited?: boolean;
}

/** Runs the job's own code. */
export class SlicePerforming {
  constructor(
    private readonly parts: PerformingParts,
    private readonly log: SliceLog,
  ) {}

  /** Up to the cut of the slice, which `maxSliceMs` of its type may bring. What the job throws is in what comes back. */
  perform(running: RunningJob, slice: Slice): Soon<Called> {
    running.phase = 'performing';
    const counted = this.parts.isCountAwaited ? slice.counted() : undefined;
    return soon(counted, () => this.#perform(running, slice));
  }

  #perform(running: RunningJob, slice: Slice): Soon<Called> {
    const endLimit = running.limit(configOf(this.parts.registry, running)?.maxSliceMs);
    return soon(slice.perform(this.#before(running)), (called) => {
      endLimit();
      this.log.performed(running, called);
      return called;
    });
  }

  /** Modules may refuse the slice; mostly none wants to. */
  #before({ claimed: { job } }: RunningJob): (() => Promise<void>) | undefined {
    const { hooks } = this.parts;
    if (hooks.of('beforeSlice').length === 0) return undefined;
    return () =>
      hooks.before('beforeSlice', { job }).catch((cause: unknown) => {
        // A database that is away refuses nothing.
        throw isOutage(cause) ? cause : new SliceRefused(describeError(cause), { cause });
      });
  }
}
