import type { JobFailure } from '../contracts/job.js';
import type { JobEvents } from '../contracts/job-events.js';
import type { Leave } from '../contracts/job-store.js';
import { cutOff, failed, type Outcome, putOff } from './outcome.js';
import type { RunningJob } from './running-job.js';
import { type Called, isDone, Slice } from './slice.js';
import { type BeginningParts, SliceBeginning } from './slice-beginning.js';
import { factsOf } from './slice-facts.js';
import { type AfterSlice, SliceFollowing } from './slice-following.js';
import { SliceLog } from './slice-log.js';
import { type PerformingParts, SlicePerforming } from './slice-performing.js';
import { type RecordingParts, SliceRecording } from './slice-recording.js';

/** What the steps of a slice need, all together. */
export interface SliceRunnerParts extends BeginningParts, PerformingParts, RecordingParts {
  readonly events: JobEvents;
  readonly leaseMs: number;
}

/** Asked when a slice has come to its end and its job may go on: does the job give its place up? */
export type MustLeave = () => boolean | Promise<boolean>;

/** For the jobs that its slice has added. */
const WAIT: Leave = { next: 'wait' };
/** To the back of the line; also of a job that was paused meanwhile, which is in none. */
const BACK: Leave = { next: 'back' };

/**
 * Carries a job one slice further: `run` is the table of its steps. What a job does wrong is written on the job; what
 * is thrown out of here is the database's fault, and `giveUp` says what becomes of the job then.
 */
export class SliceRunner {
  readonly #log: SliceLog;
  readonly #beginning: SliceBeginning;
  readonly #performing: SlicePerforming;
  readonly #recording: SliceRecording;
  readonly #following: SliceFollowing;

  constructor(private readonly parts: SliceRunnerParts) {
    this.#log = new SliceLog(parts.logger);
    this.#beginning = new SliceBeginning(parts, this.#log);
    this.#performing = new SlicePerforming(parts, this.#log);
    this.#recording = new SliceRecording(parts, this.#log);
    this.#following = new SliceFollowing(parts.events, this.#log);
  }

  async run(running: RunningJob, mustLeave: MustLeave): Promise<AfterSlice> {
    const begins = this.#beginning.begin(running);
    // Mostly it is there at once, and a promise costs as much.
    const begun = begins instanceof Promise ? await begins : begins;
    if (!(begun instanceof Slice)) return this.#conclude(running, begun);
    try {
      const called = await this.#performing.perform(running, begun);
      const leave = await this.#choosePlace(begun, called, mustLeave);
      const stored = await this.#recording.record(running, begun, called, leave);
      this.#following.settle(begun, stored);
      return this.#following.follow(running, stored);
    } finally {
      await this.#close(running, begun);
    }
  }

  /** What becomes of a job whose slice was cut, or could not be recorded; one whose slice never began has done nothing. */
  async giveUp(running: RunningJob): Promise<void> {
    const facts = factsOf(this.parts.registry, running);
    const cut = cutOff(facts);
    const hasDone = running.phase === 'performing' && cut.kind !== 'drop';
    await this.#conclude(running, hasDone ? cut : running.stopped ? { kind: 'drop' } : putOff(facts));
  }

  /** Ends the job in error, for what its slices have done before. */
  fail(running: RunningJob, error: JobFailure): Promise<AfterSlice> {
    return this.#conclude(running, failed(factsOf(this.parts.registry, running), error));
  }

  /** An outcome that needs no slice. */
  async #conclude(running: RunningJob, outcome: Outcome): Promise<AfterSlice> {
    return this.#following.follow(running, await this.#recording.write(running, outcome, BACK));
  }

  async #choosePlace(slice: Slice, called: Called, mustLeave: MustLeave): Promise<Leave> {
    if (slice.adds > 0) return WAIT;
    return isDone(called) && !(await mustLeave()) ? { next: 'keep', leaseMs: this.parts.leaseMs } : BACK;
  }

  /** A file that cannot be closed or removed changes nothing about what was recorded; pruning sweeps it. */
  async #close(running: RunningJob, slice: Slice): Promise<void> {
    try {
      await slice.close();
    } catch (error) {
      this.#log.notClosed(running, error);
    }
  }
}
