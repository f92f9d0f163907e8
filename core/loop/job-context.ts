import type { JobContext, JobFiles, WriteTransaction } from '../contracts/progress-job.js';
import { APPLICATION, type User } from '../contracts/user.js';
import type { Phases } from './phases.js';
import type { RunningJob } from './running-job.js';

type WriteCallback = (transaction: WriteTransaction) => void | Promise<void>;

/** Said where somebody speaks of a phase of a type that has none. */
export const NO_PHASES = "The job's type declares no phases. Add them to its config, as phases: ['Read', 'Write'].";

/** What a slice is given, and what it left there. */
export class SliceContext implements JobContext {
  declare readonly signal: AbortSignal;
  readonly user: User;
  readonly writes: WriteCallback[] = [];
  /** In percent of the whole job. */
  reported: { readonly progress: number; readonly message: string | undefined } | undefined;
  /** What `report` speaks of, from 1. */
  phaseIndex: number;
  #open = true;

  constructor(
    running: RunningJob,
    readonly files: JobFiles,
    private readonly phases: Phases | undefined,
  ) {
    // Made when it is asked for; a property of its own, so that `{ ...context }` has it.
    Object.defineProperty(this, 'signal', { get: () => running.signal, enumerable: true });
    const { userId } = running.claimed.job;
    this.phaseIndex = phases?.indexOf(running.claimed.job.phase) ?? 1;
    this.user = userId === undefined ? APPLICATION : { id: userId, isAdmin: false };
  }

  /** Arrow functions, so that a service may take them apart: `const { report } = context`. */
  readonly report = (progress: number, message?: string): void => {
    const { progress: last = 0, message: before } = this.reported ?? {};
    const percent = this.phases?.overall(this.phaseIndex, progress) ?? progress;
    this.reported = { progress: Number.isFinite(progress) ? percent : last, message: message ?? before };
  };

  readonly phase = (phase: number | string): void => {
    if (!this.phases) throw new TypeError(NO_PHASES);
    this.phaseIndex = this.phases.find(phase);
    this.report(0);
  };

  readonly write = (callback: WriteCallback): void => {
    if (!this.#open)
      throw new Error(
        'context.write was called after its slice had returned: nothing would run it. Await your work before returning.',
      );
    this.writes.push(callback);
  };

  /** The slice has returned. */
  close(): void {
    this.#open = false;
  }
}
