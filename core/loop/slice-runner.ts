import { AsyncResource } from 'node:async_hooks';
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
import { type Soon, soon } from './soon.js';

/** What the steps of a slice need, all together. */
export interface SliceRunnerParts extends BeginningParts, PerformingParts, RecordingParts {
  readonly events: JobEvents;
  readonly leaseMs: number;
}

/** Asked when a slice has come to its end and its job may go on: does the job give its place up? */
export type MustLeave = () => Soon<boolean>;

/** For the jobs that its slice has added. */
const WAIT: Leave = { next: 'wait' };
/** To the back of the line; also of a job that was paused meanwhile, which is in none. */
const BACK: Leave = { next: 'back' };

/** Of the context of a slice: nobody listens for its end. */
const OWN_CONTEXT = { requireManualDestroy: true };

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
  readonly #keep: Leave;

  constructor(private readonly parts: SliceRunnerParts) {
    this.#log = new SliceLog(parts.logger);
    this.#beginning = new SliceBeginning(parts, this.#log);
    this.#performing = new SlicePerforming(parts, this.#log);
    this.#recording = new SliceRecording(parts, this.#log);
    this.#following = new SliceFollowing(parts.events, this.#log);
    this.#keep = { next: 'keep', leaseMs: parts.leaseMs };
  }

  /** In an asynchronous context of its own: what a job puts there (`enterWith`) is seen by no other, nor by the loop. */
  run(running: RunningJob, mustLeave: MustLeave): Promise<AfterSlice> {
    return new AsyncResource('Slice', OWN_CONTEXT).runInAsyncScope(() => this.#run(running, mustLeave));
  }

  async #run(running: RunningJob, mustLeave: MustLeave): Promise<AfterSlice> {
    const begins = this.#beginning.begin(running);
    const begun = begins instanceof Promise ? await begins : begins;
    if (!(begun instanceof Slice)) return this.#conclude(running, begun);
    try {
      const calling = this.#performing.perform(running, begun);
      const called = calling instanceof Promise ? await calling : calling;
      const leaving = this.#choosePlace(begun, called, mustLeave);
      const leave = leaving instanceof Promise ? await leaving : leaving;
      const stored = await this.#recording.record(running, begun, called, leave);
      this.#following.settle(begun, stored);
      return this.#following.follow(running, stored);
    } finally {
      const closing = this.#close(running, begun);
      if (closing instanceof Promise) await closing;
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

  #choosePlace(slice: Slice, called: Called, mustLeave: MustLeave): Soon<Leave> {
    if (slice.adds > 0) return WAIT;
    return isDone(called) ? soon(mustLeave(), (must) => (must ? BACK : this.#keep)) : BACK;
  }

  /** A file that cannot be closed or removed changes nothing about what was recorded; pruning sweeps it. */
  #close(running: RunningJob, slice: Slice): Soon<void> {
    const closing = slice.close();
    if (closing instanceof Promise) return closing.catch((error: unknown) => this.#log.notClosed(running, error));
  }
}
