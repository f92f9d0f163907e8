import type { Registry } from '../contracts/config.js';
import { describeError } from '../contracts/describe-error.js';
import type { JobFailure } from '../contracts/job.js';
import type { JobEvents } from '../contracts/job-events.js';
import type { JobStore, Leave } from '../contracts/job-store.js';
import type { Logger } from '../contracts/logger.js';
import type { ProgressJobInterface } from '../contracts/progress-job.js';
import { isTerminal } from '../contracts/status.js';
import type { FileFolder } from '../store/file-folder.js';
import { isOutage } from '../store/transient.js';
import { cutOff, failed, judge, notNowDelay, type Outcome, type SliceFacts } from './outcome.js';
import type { RunningJob } from './running-job.js';
import type { RunningJobs } from './running-jobs.js';
import { type Called, CorruptRow, Slice, Undone } from './slice.js';

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

/**
 * Carries a job one slice further: begin → perform → judge → record → follow. What a job does wrong is written on
 * the job; what is thrown out of here is the database's fault, and the lease of the job then runs out.
 */
export class SliceRunner {
  constructor(private readonly parts: SliceRunnerParts) {}

  /** `mustLeave` is asked when the slice has come to its end: does the job give its place up? */
  async run(running: RunningJob, mustLeave: () => Promise<boolean>): Promise<AfterSlice> {
    const slice = this.#begin(running);
    if (!(slice instanceof Slice)) return this.#settle(running, slice, { next: 'back' });
    let isKnown = false;
    try {
      const called = await slice.perform(this.parts.running);
      this.#tellOf(called, running);
      const leave: Leave = (await mustLeave()) ? { next: 'back' } : { next: 'keep', leaseMs: this.parts.leaseMs };
      const after = await this.#conclude(running, slice, called, leave);
      isKnown = true;
      return after;
    } finally {
      await slice.close({ isKnown });
    }
  }

  /**
   * A slice will not be recorded: its job ends in error when its type cannot resume. Else it is due at once after a
   * stop; after a fault it waits as for "not now", so that a job nobody can record does not spin.
   */
  async giveUp(running: RunningJob): Promise<void> {
    const outcome = cutOff(this.#facts(running));
    if (outcome.kind !== 'drop') await this.#settle(running, outcome, { next: 'back' });
    else if (running.stopped) await this.parts.store.release(running.lease);
    else await this.#postpone(running);
  }

  async #postpone(running: RunningJob): Promise<void> {
    const { refusals, idleSlices } = running.claimed;
    const counts = { refusals: refusals + 1, idleSlices };
    await this.parts.store.postpone(running.lease, counts, notNowDelay(counts.refusals));
  }

  /** A slice that can be performed; or, when there can be none, the end of the job. */
  #begin(running: RunningJob): Slice | Outcome {
    const facts = this.#facts(running);
    if (running.claimed.crashCount > 0 && facts.whenWorkerLost === 'error') return failed(facts, WORKER_DIED);
    try {
      return new Slice(running, this.parts.create(running.claimed.job.type), this.parts.folder);
    } catch (threw) {
      return failed(facts, {
        code: threw instanceof CorruptRow ? 'corrupt_row' : 'failed',
        message: describeError(threw),
      });
    }
  }

  async #conclude(running: RunningJob, slice: Slice, called: Called, leave: Leave): Promise<AfterSlice> {
    const isDone = 'returned' in called && called.returned === true;
    if (isDone && slice.hasWrites) return this.#recordWithWrites(running, slice, leave);
    const end = isDone ? await slice.read() : called;
    return this.#settle(running, judge(end, this.#facts(running, slice)), leave);
  }

  /** The job's own writes and the record, in one transaction; an outcome that records nothing undoes the writes. */
  async #recordWithWrites(running: RunningJob, slice: Slice, leave: Leave): Promise<AfterSlice> {
    const sentAt = performance.now();
    let recorded: Recorded | undefined;
    try {
      const before = await slice.beforeWrites();
      const answer = await this.parts.store.recordWith(running.claimed, async (transaction) => {
        await slice.runWrites(before, transaction);
        const end = await slice.read();
        const outcome = judge(end, this.#facts(running, slice));
        if (outcome.kind !== 'record') throw new Undone(end);
        recorded = outcome;
        return { slice: outcome.slice, leave };
      });
      if (answer === 'lost' || !recorded) return this.#lost(running);
      return this.#follow(running, recorded, answer === 'paused' ? RESTS : leave, sentAt);
    } catch (error) {
      if (!(error instanceof Undone)) throw error;
      return this.#settle(running, judge(error.end, this.#facts(running, slice)), leave);
    }
  }

  async #settle(running: RunningJob, outcome: Outcome, leave: Leave): Promise<AfterSlice> {
    const { store } = this.parts;
    const sentAt = performance.now();
    switch (outcome.kind) {
      case 'record':
      case 'fail': {
        const answer = await store.record(running.claimed, outcome.slice, leave);
        if (answer === 'lost') return this.#lost(running);
        return this.#follow(running, outcome, answer === 'paused' ? RESTS : leave, sentAt);
      }
      case 'try_later':
        this.parts.logger.warn(
          {
            job: running.number,
            type: running.claimed.job.type,
            error: outcome.error.message,
            delayMs: outcome.delayMs,
          },
          'a slice failed; its job is tried again',
        );
        if (!(await store.tryLater(running.claimed, outcome.error, outcome.delayMs))) return this.#lost(running);
        return 'left';
      case 'postpone':
        await store.postpone(running.lease, outcome, outcome.delayMs);
        return 'left';
      case 'drop':
        if (running.stopped === 'stopping') await store.release(running.lease);
        return 'left';
    }
  }

  /** The slice is recorded: what is known here becomes what stands in the row. */
  #follow(
    running: RunningJob,
    outcome: Extract<Outcome, { kind: 'record' | 'fail' }>,
    leave: Leave,
    sentAt: number,
  ): AfterSlice {
    const { slice } = outcome;
    const { job } = running.claimed;
    if (outcome.kind === 'record' && outcome.fault)
      this.parts.logger.warn({ job: job.number, type: job.type }, outcome.fault);
    running.recorded(slice);
    if (isTerminal(slice.status)) {
      this.parts.logger.info(
        { job: job.number, type: job.type, status: slice.status, code: slice.error?.code },
        'job ended',
      );
      this.parts.events.emit('ended', job.id);
      return 'left';
    }
    if (leave.next === 'back') return 'left';
    running.leaseRenewed(sentAt + leave.leaseMs);
    return 'goes_on';
  }

  /** What the row will not say. */
  #tellOf(called: Called, running: RunningJob): void {
    const facts = { job: running.number, type: running.claimed.job.type };
    if (running.cut.aborted) {
      this.parts.logger.warn(
        { ...facts, because: running.stopped },
        'a slice did not heed its signal: its place is given to others, and what it still does is refused',
      );
    } else if ('threw' in called && isOutage(called.threw)) {
      this.parts.logger.warn({ ...facts, error: describeError(called.threw) }, 'the database failed a slice');
    }
  }

  #lost(running: RunningJob): AfterSlice {
    running.stop('lease_lost');
    this.parts.logger.info(
      { job: running.number, because: running.stopped },
      'a slice was dropped: its job is no longer held',
    );
    return 'left';
  }

  #facts(running: RunningJob, slice?: Slice): SliceFacts {
    const config = this.parts.registry.types.get(running.claimed.job.type)?.config;
    return {
      claimed: running.claimed,
      lastProgress: Math.max(running.shown.progress, running.progressSent),
      hasWrites: slice?.hasWrites ?? false,
      stopped: running.stopped,
      whenWorkerLost: config?.whenWorkerLost ?? (config?.run ? 'error' : 'resume'),
      retry: config?.retry,
    };
  }
}

/** A job that was paused meanwhile is not held any more. */
const RESTS: Leave = { next: 'back' };

type Recorded = Extract<Outcome, { kind: 'record' }>;

const WORKER_DIED: JobFailure = {
  code: 'worker_lost',
  message: 'The worker died before the job had ended, and a job of this type cannot resume.',
};
