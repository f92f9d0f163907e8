import type { ChildStore, PrepareChild } from '../contracts/child-job.js';
import type { JobTypeConfig, Registry } from '../contracts/config.js';
import { bounded, describeError } from '../contracts/describe-error.js';
import { SecretUnreadableError } from '../contracts/errors.js';
import type { Job, JobFailure } from '../contracts/job.js';
import type { JobEvents } from '../contracts/job-events.js';
import type { JobItemStore } from '../contracts/job-items.js';
import type { DebugSink } from '../contracts/job-log.js';
import type { JobStore, Leave, Recorded } from '../contracts/job-store.js';
import type { Logger } from '../contracts/logger.js';
import type { ProgressJobInterface, WriteTransaction } from '../contracts/progress-job.js';
import { isTerminal } from '../contracts/status.js';
import type { Hooks } from '../hooks/hooks.js';
import { BreaksConnectionError } from '../store/certain.js';
import type { FileFolder } from '../store/file-folder.js';
import { isOutage } from '../store/transient.js';
import { tellBeforeRecord } from './before-record.js';
import type { LogWriter } from './log-writer.js';
import { madeService, NoService } from './made-service.js';
import { isOld, MigrateFailed, migratedData } from './migrated-data.js';
import type { SecretsOfJobs } from './opened-secrets.js';
import {
  cutOff,
  failed,
  judge,
  type Outcome,
  putOff,
  type SliceEnd,
  type SliceFacts,
  SliceRefused,
} from './outcome.js';
import { Phases } from './phases.js';
import type { RunningJob } from './running-job.js';
import type { RunningJobs } from './running-jobs.js';
import { type Called, CorruptRow, Slice, type SliceTools, Undone } from './slice.js';
import { SliceLog } from './slice-log.js';
import { TotalCounts } from './total-counts.js';
import { whenWorkerLost } from './when-worker-lost.js';

/** What became of the job: it goes on here, or this worker has left it. */
export type AfterSlice = 'goes_on' | 'left';

/** Asked when a slice has come to its end and its job may go on: does the job give its place up? */
export type MustLeave = () => boolean | Promise<boolean>;

export interface SliceRunnerParts {
  readonly store: JobStore;
  readonly registry: Registry;
  /** A fresh service for a job of this type. */
  readonly create: (type: string) => ProgressJobInterface;
  readonly folder: FileFolder;
  readonly items: JobItemStore;
  readonly logs: LogWriter;
  /** Takes what jobs say by `context.debug`; without it nobody does. */
  readonly debugSink?: DebugSink | undefined;
  readonly secrets: SecretsOfJobs;
  readonly running: RunningJobs;
  readonly events: JobEvents;
  readonly hooks: Hooks;
  readonly logger: Logger;
  readonly families: ChildStore;
  readonly prepareChild: PrepareChild;
  readonly leaseMs: number;
  /** Slices begin when their `countTotal` has answered: for tests, in which chance must say nothing. */
  readonly isCountAwaited?: boolean;
}

/** An outcome, and what the database said to it. */
interface Stored {
  readonly outcome: Outcome;
  readonly answer: Recorded;
  readonly leave: Leave;
  /** A lease that was renewed counts from here, on the process's monotonic clock, ms. */
  readonly sentAt: number;
}

/** For the jobs that its slice has added. */
const WAIT: Leave = { next: 'wait' };
/** To the back of the line; also of a job that was paused meanwhile, which is in none. */
const BACK: Leave = { next: 'back' };

const WORKER_DIED: JobFailure = {
  code: 'worker_lost',
  message: 'The worker died before the job had ended, and a job of this type cannot resume.',
};

/**
 * Carries a job one slice further. What a job does wrong is written on the job; what is thrown out of here is the
 * database's fault, and `giveUp` says what becomes of the job then.
 */
export class SliceRunner {
  readonly #log: SliceLog;
  readonly #tools: SliceTools;
  /** Of the types that have them. */
  readonly #phases: ReadonlyMap<string, Phases>;

  constructor(private readonly parts: SliceRunnerParts) {
    this.#log = new SliceLog(parts.logger);
    const { folder, items, families, prepareChild, debugSink } = parts;
    const totals = new TotalCounts(parts.create, parts.logger);
    this.#tools = {
      folder,
      items,
      totals,
      families,
      prepareChild,
      debugSink,
      tooLate: (running) => this.#log.tooLate(running),
    };
    this.#phases = phasesOf(parts.registry);
  }

  async run(running: RunningJob, mustLeave: MustLeave): Promise<AfterSlice> {
    const begun = this.#isOld(running) ? await this.#beginMigrated(running) : this.#begin(running);
    if (!(begun instanceof Slice)) return this.#conclude(running, begun);
    try {
      const called = await this.#perform(running, begun);
      const leave = begun.adds > 0 ? WAIT : await this.#choosePlace(called, mustLeave);
      const stored = await this.#store(running, begun, called, leave);
      if (stored.answer !== 'unknown') begun.rowIsKnown();
      if (stored.answer === 'recorded') begun.recorded();
      if (hasAdded(stored)) for (const job of begun.childrenAdded()) this.parts.events.emit('pushed', job);
      return this.#follow(running, stored);
    } finally {
      await this.#close(running, begun);
    }
  }

  /** A file that cannot be closed or removed changes nothing about what was recorded; pruning sweeps it. */
  async #close(running: RunningJob, slice: Slice): Promise<void> {
    try {
      await slice.close();
    } catch (error) {
      this.#log.notClosed(running, error);
    }
  }

  /** What becomes of a job whose slice was cut, or could not be recorded; one whose slice never began has done nothing. */
  async giveUp(running: RunningJob): Promise<void> {
    const facts = this.#facts(running);
    const cut = cutOff(facts);
    const hasDone = running.phase === 'performing' && cut.kind !== 'drop';
    await this.#conclude(running, hasDone ? cut : running.stopped ? { kind: 'drop' } : putOff(facts));
  }

  /** Ends the job in error, for what its slices have done before. */
  fail(running: RunningJob, error: JobFailure): Promise<AfterSlice> {
    return this.#conclude(running, failed(this.#facts(running), error));
  }

  /** A slice that can be performed; or, when there can be none, the end of the job. */
  #begin(running: RunningJob): Slice | Outcome {
    running.phase = 'not_begun';
    const facts = this.#facts(running);
    if (running.claimed.crashCount > 0 && !running.isTakeoverTold) this.#log.takenOver(running);
    if (running.claimed.crashCount > 0 && facts.whenWorkerLost === 'error') return failed(facts, WORKER_DIED);
    try {
      this.parts.secrets.openFor(running);
      const { type } = running.claimed.job;
      return new Slice(running, madeService(this.parts.create, type), this.#tools, this.#phases.get(type));
    } catch (threw) {
      return failed(facts, { code: codeOf(threw), message: describeError(threw, running.hide) });
    }
  }

  /** As `#begin`, once the data is what the type works on now; what cannot be migrated stays as it is. */
  async #beginMigrated(running: RunningJob): Promise<Slice | Outcome> {
    const config = this.#configOf(running) as JobTypeConfig;
    running.phase = 'not_begun';
    const endLimit = running.limit(config.maxSliceMs);
    try {
      running.migrated(await migratedData(running, config), config.version ?? 1);
    } catch (threw) {
      if (running.stopped) return cutOff(this.#facts(running));
      return failed(this.#facts(running), failureOfMigration(threw));
    } finally {
      endLimit();
    }
    return this.#begin(running);
  }

  #isOld(running: RunningJob): boolean {
    const config = this.#configOf(running);
    return config?.version !== undefined && isOld(running, config);
  }

  #configOf(running: RunningJob): JobTypeConfig | undefined {
    return this.parts.registry.types.get(running.claimed.job.type)?.config;
  }

  /** The job's own code, up to its cut. */
  async #perform(running: RunningJob, slice: Slice): Promise<Called> {
    running.phase = 'performing';
    if (this.parts.isCountAwaited) await slice.counted();
    const endLimit = running.limit(this.#facts(running).maxSliceMs);
    const called = await slice.perform(this.#before(running));
    endLimit();
    this.#log.performed(running, called);
    return called;
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

  async #choosePlace(called: Called, mustLeave: MustLeave): Promise<Leave> {
    return isDone(called) && !(await mustLeave()) ? { next: 'keep', leaseMs: this.parts.leaseMs } : BACK;
  }

  /** The record; with the job's own writes in one transaction, unless those are undone for what the job says. */
  async #store(running: RunningJob, slice: Slice, called: Called, leave: Leave): Promise<Stored> {
    let end: SliceEnd;
    try {
      if (isDone(called) && slice.hasWrites) return await this.#writeTogether(running, slice, leave);
      end = isDone(called) ? await slice.read() : called;
    } catch (error) {
      if (!(error instanceof Undone || error instanceof BreaksConnectionError)) throw error;
      end = error instanceof Undone ? error.end : { threw: error };
    }
    return this.#write(running, this.#judge(running, slice, end, leave), leave);
  }

  async #writeTogether(running: RunningJob, slice: Slice, leave: Leave): Promise<Stored> {
    const sentAt = performance.now();
    let outcome: Outcome | undefined;
    let afterwards: (() => Promise<void>) | undefined;
    const before = await slice.beforeWrites();
    const answer = await this.parts.store.recordWith(running.claimed, async (transaction) => {
      const endLimit = running.limit(this.#facts(running).maxSliceMs);
      await slice.runWrites(before, transaction).finally(endLimit);
      const end = await slice.read();
      const judged = this.#judge(running, slice, end, leave);
      if (judged.kind !== 'record' || !('reading' in end)) throw new Undone(end);
      const left = await slice.writeItems(transaction);
      if (leave.next === 'wait' && !isTerminal(judged.slice.status)) {
        await slice.addChildren({ from: judged.slice.progress, to: end.reading.phase?.until ?? 100 }, transaction);
      }
      // A repeat after a deadlock says the same again.
      if (!outcome) this.#log.judged(running, judged);
      if (!outcome) tellBeforeRecord(this.parts.hooks, running, judged.slice);
      if (!outcome && left > 0) this.#log.ledgerIsFull(running, left);
      outcome = judged;
      afterwards = isLeft(judged, leave) ? await this.#writeLines(running, transaction) : undefined;
      return { slice: judged.slice, leave };
    });
    if (answer === 'recorded') await afterwards?.();
    return outcome ? { outcome, answer, leave, sentAt } : { outcome: { kind: 'drop' }, answer: 'lost', leave, sentAt };
  }

  /** The last lines of a job are there when its end is. */
  async #writeLines(running: RunningJob, transaction: WriteTransaction): Promise<(() => Promise<void>) | undefined> {
    return running.hasLines ? this.parts.logs.writeInside(running, transaction) : undefined;
  }

  async #write(running: RunningJob, outcome: Outcome, leave: Leave): Promise<Stored> {
    this.#log.judged(running, outcome);
    if (running.hasLines && isLeft(outcome, leave)) await this.parts.logs.flush(running);
    const sentAt = performance.now();
    return { outcome, answer: await this.#answerTo(running, outcome, leave), leave, sentAt };
  }

  #answerTo(running: RunningJob, outcome: Outcome, leave: Leave): Promise<Recorded> {
    const { store } = this.parts;
    const { claimed, lease } = running;
    switch (outcome.kind) {
      case 'record':
      case 'fail':
        tellBeforeRecord(this.parts.hooks, running, outcome.slice);
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

  /** What is known here becomes what stands in the row. */
  #follow(running: RunningJob, { outcome, answer, leave, sentAt }: Stored): AfterSlice {
    if (answer === 'lost' || answer === 'unknown') {
      running.stop('lease_lost');
      this.#log.dropped(running);
      return 'left';
    }
    if (outcome.kind === 'try_later') this.#log.triedLater(running, outcome.error, outcome.delayMs);
    if (outcome.kind !== 'record' && outcome.kind !== 'fail') return 'left';
    running.recorded(outcome.slice);
    if (outcome.kind === 'record' && outcome.fault) this.#log.fault(running, outcome.fault);
    if (isTerminal(outcome.slice.status)) {
      this.#log.ended(running, outcome.slice);
      const { job } = running.claimed;
      this.parts.events.emit('ended', job.id, isQuiet(job), job.parent);
      return 'left';
    }
    if (answer === 'paused' || leave.next !== 'keep') return 'left';
    running.leaseRenewed(sentAt + leave.leaseMs);
    return 'goes_on';
  }

  /** An outcome that needs no slice. */
  async #conclude(running: RunningJob, outcome: Outcome): Promise<AfterSlice> {
    return this.#follow(running, await this.#write(running, outcome, BACK));
  }

  #judge(running: RunningJob, slice: Slice, end: SliceEnd, leave: Leave): Outcome {
    const outcome = judge(end, { ...this.#facts(running), hasWrites: slice.hasWrites, adds: slice.adds });
    if (outcome.kind !== 'record' || isTerminal(outcome.slice.status)) return outcome;
    const phase = 'reading' in end ? end.reading.phase : undefined;
    const estimate = running.estimateOf({ progress: outcome.slice.progress, phase }, leave.next !== 'keep');
    if (!estimate) return outcome;
    // When its children will have ended nobody knows.
    const told = leave.next === 'wait' ? { ...estimate, leftMs: undefined } : estimate;
    return { ...outcome, slice: { ...outcome.slice, estimate: told } };
  }

  #facts(running: RunningJob): SliceFacts {
    const config = this.#configOf(running);
    return {
      claimed: running.claimed,
      lastProgress: Math.max(running.shown.progress, running.progressSent),
      hasWrites: false,
      adds: 0,
      stopped: running.stopped,
      whenWorkerLost: whenWorkerLost(config),
      retry: config?.retry,
      maxSliceMs: config?.maxSliceMs,
      hide: running.hide,
      migratedTo: running.migratedTo,
    };
  }
}

function phasesOf({ types }: Registry): ReadonlyMap<string, Phases> {
  const withPhases = [...types.values()].flatMap(({ key, config: { phases } }) =>
    phases ? [[key, phases] as const] : [],
  );
  return new Map(withPhases.map(([key, phases]) => [key, new Phases(phases)]));
}

function codeOf(threw: unknown): string {
  if (threw instanceof SecretUnreadableError || threw instanceof NoService) return threw.code;
  return threw instanceof CorruptRow ? 'corrupt_row' : 'failed';
}

function failureOfMigration(threw: unknown): JobFailure {
  if (!(threw instanceof MigrateFailed))
    return { code: 'corrupt_row', message: "The data in the job's row is no JSON." };
  const why = threw.cause === undefined ? '' : `: ${describeError(threw.cause)}`;
  return {
    code: 'migrate_failed',
    message: bounded(`The job's data could not be migrated, and is kept as it was: ${threw.message}${why}`),
  };
}

/** Its owner is told of its end, if there is one. */
const isQuiet = ({ userId, isHidden }: Job) => userId === undefined || isHidden;

const asRecorded = (isOurs: boolean) => (isOurs ? 'recorded' : 'lost');
/** Does the job leave this worker with it? Until then the beat writes what is said. */
const isLeft = (outcome: Outcome, leave: Leave) =>
  outcome.kind !== 'record' || leave.next !== 'keep' || isTerminal(outcome.slice.status);
/** The jobs that the slice added are there. */
const hasAdded = ({ outcome, answer, leave }: Stored) =>
  leave.next === 'wait' &&
  (answer === 'recorded' || answer === 'paused') &&
  outcome.kind === 'record' &&
  !isTerminal(outcome.slice.status);
const isDone = (called: Called) => 'returned' in called && called.returned === true;
