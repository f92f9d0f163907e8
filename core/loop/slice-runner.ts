import type { Registry } from '../contracts/config.js';
import { describeError } from '../contracts/describe-error.js';
import type { JobFailure } from '../contracts/job.js';
import type { JobEvents } from '../contracts/job-events.js';
import type { JobStore, Leave, Recorded } from '../contracts/job-store.js';
import type { Logger } from '../contracts/logger.js';
import type { ProgressJobInterface } from '../contracts/progress-job.js';
import { isTerminal } from '../contracts/status.js';
import { BreaksConnectionError } from '../store/certain.js';
import type { FileFolder } from '../store/file-folder.js';
import { cutOff, failed, judge, type Outcome, putOff, type SliceFacts } from './outcome.js';
import type { RunningJob } from './running-job.js';
import type { RunningJobs } from './running-jobs.js';
import { type Called, CorruptRow, Slice, Undone } from './slice.js';
import { SliceLog } from './slice-log.js';
import { whenWorkerLost } from './when-worker-lost.js';

/** What became of the job: it goes on here, or this worker has left it. */
export type AfterSlice = 'goes_on' | 'left';

export interface SliceRunnerParts {
  readonly store: JobStore;
  readonly registry: Registry;
  /** A fresh service for a job of this type. */
  readonly create: (type: string) => ProgressJobInterface;
  readonly folder: FileFolder;
  readonly running: RunningJobs;
  readonly events: JobEvents;
  readonly logger: Logger;
  readonly leaseMs: number;
}

/** An outcome that has a slice to record. */
type WithSlice = Extract<Outcome, { kind: 'record' | 'fail' }>;

/** To the back of the line; also of a job that was paused meanwhile, which is in none. */
const BACK: Leave = { next: 'back' };

const WORKER_DIED: JobFailure = {
  code: 'worker_lost',
  message: 'The worker died before the job had ended, and a job of this type cannot resume.',
};

/**
 * Carries a job one slice further: begin → perform → judge → record → follow. What a job does wrong is written on
 * the job; what is thrown out of here is the database's fault, and `giveUp` says what becomes of the job then.
 */
export class SliceRunner {
  readonly #log: SliceLog;

  constructor(private readonly parts: SliceRunnerParts) {
    this.#log = new SliceLog(parts.logger);
  }

  /** `mustLeave` is asked when the slice has come to its end and may go on: does the job give its place up? */
  async run(running: RunningJob, mustLeave: () => Promise<boolean>): Promise<AfterSlice> {
    const slice = this.#begin(running);
    if (!(slice instanceof Slice)) {
      await this.#settle(running, slice, BACK);
      return 'left';
    }
    let isKnown = false;
    try {
      const called = await this.#perform(running, slice);
      this.#log.performed(running, called);
      const leave: Leave =
        isDone(called) && !(await mustLeave()) ? { next: 'keep', leaseMs: this.parts.leaseMs } : BACK;
      const after = await this.#conclude(running, slice, called, leave);
      isKnown = after !== 'unknown';
      return after === 'unknown' ? 'left' : after;
    } finally {
      await slice.close({ isKnown });
    }
  }

  /**
   * A slice that came to its end, and could not be recorded for a fault of the database, is done again later. One that
   * was cut ends its job in error when its type cannot resume.
   */
  async giveUp(running: RunningJob): Promise<void> {
    const facts = this.#facts(running);
    const outcome = cutOff(facts);
    if (outcome.kind !== 'drop' && !running.isJudged) await this.#settle(running, outcome, BACK);
    else if (running.stopped) await this.parts.store.release(running.lease);
    else await this.#settle(running, putOff(facts), BACK);
  }

  /** Ends the job in error, for what its slices have done before. */
  async fail(running: RunningJob, error: JobFailure): Promise<AfterSlice> {
    await this.#settle(running, failed(this.#facts(running), error), BACK);
    return 'left';
  }

  /** A slice that can be performed; or, when there can be none, the end of the job. */
  #begin(running: RunningJob): Slice | Outcome {
    running.isJudged = false;
    const facts = this.#facts(running);
    if (running.claimed.crashCount > 0 && facts.whenWorkerLost === 'error') return failed(facts, WORKER_DIED);
    try {
      return new Slice(running, this.parts.create(running.claimed.job.type), this.parts.folder);
    } catch (threw) {
      const code = threw instanceof CorruptRow ? 'corrupt_row' : 'failed';
      return failed(facts, { code, message: describeError(threw) });
    }
  }

  async #perform(running: RunningJob, slice: Slice): Promise<Called> {
    using _limit = running.limit(this.#facts(running).maxSliceMs);
    return await slice.perform(this.parts.running);
  }

  async #conclude(running: RunningJob, slice: Slice, called: Called, leave: Leave): Promise<AfterSlice | 'unknown'> {
    try {
      if (isDone(called) && slice.hasWrites) return await this.#recordWithWrites(running, slice, leave);
      const end = isDone(called) ? await slice.read() : called;
      return await this.#settle(running, judge(end, this.#facts(running, slice)), leave);
    } catch (error) {
      if (!(error instanceof Undone || error instanceof BreaksConnectionError)) throw error;
      const end = error instanceof Undone ? error.end : { threw: error };
      return this.#settle(running, judge(end, this.#facts(running, slice)), leave);
    }
  }

  /** The job's own writes and the record, in one transaction; an outcome that records nothing undoes the writes. */
  async #recordWithWrites(running: RunningJob, slice: Slice, leave: Leave): Promise<AfterSlice | 'unknown'> {
    const sentAt = performance.now();
    let outcome: WithSlice | undefined;
    const before = await slice.beforeWrites();
    const answer = await this.parts.store.recordWith(running.claimed, async (transaction) => {
      await slice.runWrites(before, transaction);
      const end = await slice.read();
      const judged = judge(end, this.#facts(running, slice));
      if (judged.kind !== 'record') throw new Undone(end);
      outcome = judged;
      return { slice: judged.slice, leave };
    });
    return outcome ? this.#answered(running, outcome, answer, leave, sentAt) : this.#lost(running);
  }

  async #settle(running: RunningJob, outcome: Outcome, leave: Leave): Promise<AfterSlice | 'unknown'> {
    const { store } = this.parts;
    const sentAt = performance.now();
    switch (outcome.kind) {
      case 'record':
      case 'fail': {
        const answer = await store.record(running.claimed, outcome.slice, leave);
        return this.#answered(running, outcome, answer, leave, sentAt);
      }
      case 'try_later':
        running.isJudged = true;
        this.#log.triedLater(running, outcome.error, outcome.delayMs);
        return (await store.tryLater(running.claimed, outcome.error, outcome.delayMs)) ? 'left' : this.#lost(running);
      case 'postpone':
        running.isJudged = true;
        await store.postpone(running.lease, outcome, outcome.delayMs);
        return 'left';
      case 'drop':
        if (running.stopped === 'stopping') await store.release(running.lease);
        return 'left';
    }
  }

  /** What is known here becomes what stands in the row. */
  #answered(
    running: RunningJob,
    outcome: WithSlice,
    answer: Recorded,
    leave: Leave,
    sentAt: number,
  ): AfterSlice | 'unknown' {
    if (answer === 'lost') return this.#lost(running);
    if (answer === 'unknown') {
      this.#lost(running);
      return 'unknown';
    }
    running.recorded(outcome.slice);
    if (outcome.kind === 'record' && outcome.fault) this.#log.fault(running, outcome.fault);
    if (isTerminal(outcome.slice.status)) {
      this.#log.ended(running, outcome.slice);
      this.parts.events.emit('ended', running.claimed.job.id);
      return 'left';
    }
    if (answer === 'paused' || leave.next === 'back') return 'left';
    running.leaseRenewed(sentAt + leave.leaseMs);
    return 'goes_on';
  }

  #lost(running: RunningJob): AfterSlice {
    running.stop('lease_lost');
    this.#log.dropped(running);
    return 'left';
  }

  #facts(running: RunningJob, slice?: Slice): SliceFacts {
    const config = this.parts.registry.types.get(running.claimed.job.type)?.config;
    return {
      claimed: running.claimed,
      lastProgress: Math.max(running.shown.progress, running.progressSent),
      hasWrites: slice?.hasWrites ?? false,
      stopped: running.stopped,
      whenWorkerLost: whenWorkerLost(config),
      retry: config?.retry,
      maxSliceMs: config?.maxSliceMs,
    };
  }
}

const isDone = (called: Called) => 'returned' in called && called.returned === true;
