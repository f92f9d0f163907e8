import type { Registry } from '../contracts/config.js';
import { describeError } from '../contracts/describe-error.js';
import type { JobStore, Leave, Recorded } from '../contracts/job-store.js';
import type { WriteTransaction } from '../contracts/progress-job.js';
import { isTerminal } from '../contracts/status.js';
import type { Hooks } from '../hooks/hooks.js';
import { BreaksConnectionError } from '../store/certain.js';
import { tellBeforeRecord } from './before-record.js';
import type { LogWriter } from './log-writer.js';
import { judge, type Outcome, type SliceEnd, type SliceFacts } from './outcome.js';
import type { RunningJob } from './running-job.js';
import type { RunningJobs } from './running-jobs.js';
import { type Called, isDone, type Slice, Undone } from './slice.js';
import { configOf, factsOf } from './slice-facts.js';
import type { SliceLog } from './slice-log.js';
import { soon } from './soon.js';

/** What the recording of a slice needs. */
export interface RecordingParts {
  readonly registry: Registry;
  readonly store: JobStore;
  readonly hooks: Hooks;
  readonly logs: LogWriter;
  readonly running: RunningJobs;
}

/** An outcome, and what the database said to it. */
export interface Stored {
  readonly outcome: Outcome;
  readonly answer: Recorded;
  readonly leave: Leave;
  /** A lease that was renewed counts from here, on the process's monotonic clock, ms. */
  readonly sentAt: number;
}

/** Judges what a slice has come to, and writes it into the job's row. */
export class SliceRecording {
  constructor(
    private readonly parts: RecordingParts,
    private readonly log: SliceLog,
  ) {}

  /** With the job's own writes in one transaction, unless those are undone for what the job says. */
  record(running: RunningJob, slice: Slice, called: Called, leave: Leave): Promise<Stored> {
    const judgeAndWrite = (end: SliceEnd) => this.write(running, this.#judge(running, slice, end, leave), leave);
    if (!isDone(called)) return judgeAndWrite(called);
    if (!slice.hasWrites) return soon(slice.read(), judgeAndWrite);
    return this.#writeTogether(running, slice, leave).catch((error: unknown) => {
      if (!(error instanceof Undone || error instanceof BreaksConnectionError)) throw error;
      return judgeAndWrite(error instanceof Undone ? error.end : { threw: error });
    });
  }

  /** An outcome, whatever it came from; the job's last lines are there when its end is. */
  async write(running: RunningJob, outcome: Outcome, leave: Leave): Promise<Stored> {
    this.log.judged(running, outcome);
    if (running.hasLines && isLeft(outcome, leave)) await this.parts.logs.flush(running);
    const sentAt = performance.now();
    return { outcome, answer: await this.#answerTo(running, outcome, leave), leave, sentAt };
  }

  async #writeTogether(running: RunningJob, slice: Slice, leave: Leave): Promise<Stored> {
    const sentAt = performance.now();
    let outcome: Outcome | undefined;
    let afterwards: (() => Promise<void>) | undefined;
    const before = await slice.beforeWrites();
    const answer = await this.parts.store.recordWith(running.claimed, async (transaction) => {
      const endLimit = running.limit(configOf(this.parts.registry, running)?.maxSliceMs);
      await slice.runWrites(before, transaction).finally(endLimit);
      const end = await slice.read();
      const judged = this.#judge(running, slice, end, leave);
      if (judged.kind !== 'record' || !('reading' in end)) throw new Undone(end);
      const left = await slice.writeItems(transaction);
      if (leave.next === 'wait' && !isTerminal(judged.slice.status)) {
        await slice.addChildren({ from: judged.slice.progress, to: end.reading.phase?.until ?? 100 }, transaction);
      }
      // A repeat after a deadlock says the same again.
      if (!outcome) this.log.judged(running, judged);
      if (!outcome) tellBeforeRecord(this.parts.hooks, running, judged.slice);
      if (!outcome && left > 0) this.log.ledgerIsFull(running, left);
      outcome = judged;
      afterwards = isLeft(judged, leave) ? await this.#writeLines(running, transaction) : undefined;
      return { slice: judged.slice, leave };
    });
    if (answer === 'recorded') await afterwards?.();
    return outcome ? { outcome, answer, leave, sentAt } : { outcome: { kind: 'drop' }, answer: 'lost', leave, sentAt };
  }

  async #writeLines(running: RunningJob, transaction: WriteTransaction): Promise<(() => Promise<void>) | undefined> {
    return running.hasLines ? this.parts.logs.writeInside(running, transaction) : undefined;
  }

  #judge(running: RunningJob, slice: Slice, end: SliceEnd, leave: Leave): Outcome {
    const { hasWrites, adds } = slice;
    const outcome = judged(end, { ...factsOf(this.parts.registry, running), hasWrites, adds });
    if (outcome.kind !== 'record' || isTerminal(outcome.slice.status)) return outcome;
    const phase = 'reading' in end ? end.reading.phase : undefined;
    const estimate = running.estimateOf({ progress: outcome.slice.progress, phase }, leave.next !== 'keep');
    if (!estimate) return outcome;
    // When its children will have ended nobody knows.
    const told = leave.next === 'wait' ? { ...estimate, leftMs: undefined } : estimate;
    return { ...outcome, slice: { ...outcome.slice, estimate: told } };
  }

  #answerTo(running: RunningJob, outcome: Outcome, leave: Leave): Promise<Recorded> {
    const { store, hooks } = this.parts;
    const { claimed, lease } = running;
    switch (outcome.kind) {
      case 'record':
      case 'fail':
        tellBeforeRecord(hooks, running, outcome.slice);
        if (isTerminal(outcome.slice.status)) this.parts.running.ends(running);
        return store.record(claimed, outcome.slice, leave);
      case 'try_later':
        running.phase = 'judged';
        return store.tryLater(claimed, outcome.error, outcome.delayMs).then(asRecorded);
      case 'postpone':
        running.phase = 'judged';
        return store.postpone(lease, outcome, outcome.delayMs).then(asRecorded);
      case 'drop':
        // Also of a lease that was lost for want of an answer: it may still be ours, and left alone would count as a death.
        if (running.stopped === 'cancelled') return Promise.resolve('recorded');
        return store.release(lease).then(() => 'recorded');
    }
  }
}

/**
 * What the job gave may throw where it is looked at: that counts as thrown by the slice. Left to go on as if the
 * database had failed, the slice would be done again for ever.
 */
function judged(end: SliceEnd, facts: SliceFacts): Outcome {
  try {
    return judge(end, facts);
  } catch (threw) {
    // An Error of ours, which can be asked anything.
    return judge({ threw: new Error(describeError(threw)) }, facts);
  }
}

const asRecorded = (isOurs: boolean) => (isOurs ? 'recorded' : 'lost');
/** Does the job leave this worker with it? Until then the beat writes what is said. */
const isLeft = (outcome: Outcome, leave: Leave) =>
  outcome.kind !== 'record' || leave.next !== 'keep' || isTerminal(outcome.slice.status);
