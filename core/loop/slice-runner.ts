import type { Registry } from '../contracts/config.js';
import { describeError } from '../contracts/describe-error.js';
import type { JobEvents } from '../contracts/job-events.js';
import type { JobStore, Leave, SliceRecord } from '../contracts/job-store.js';
import type { Logger } from '../contracts/logger.js';
import type { ProgressJob, ProgressJobInterface, WriteTransaction } from '../contracts/progress-job.js';
import { isTerminal } from '../contracts/status.js';
import type { FileFolder } from '../store/file-folder.js';
import { runInsideWrite } from '../store/inside-write.js';
import { isOutage } from '../store/transient.js';
import { SliceContext } from './job-context.js';
import { cutOff, failed, judge, type Outcome, type SliceEnd, type SliceFacts } from './outcome.js';
import { readService, sampleService } from './reading.js';
import type { RunningJob } from './running-job.js';
import type { RunningJobs } from './running-jobs.js';
import { type PartSizes, SliceFiles } from './slice-files.js';

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

/** One slice, from its fresh service to its record. */
interface Slice {
  readonly running: RunningJob;
  readonly job: ProgressJob;
  readonly service: ProgressJobInterface;
  readonly context: SliceContext;
  readonly files: SliceFiles;
}

/** What write callbacks may change, as it was before them. */
interface BeforeWrites {
  readonly state: unknown;
  readonly sizes: PartSizes;
}

/**
 * Carries a job one slice further: begin → perform → judge → record → follow. What a job does wrong is written on
 * the job; what is thrown out of here is the database's fault, and the lease of the job then runs out.
 */
export class SliceRunner {
  constructor(private readonly parts: SliceRunnerParts) {}

  /** `mustLeave` is asked when the slice has come to its end: does the job give its place up? */
  async run(running: RunningJob, mustLeave: () => Promise<boolean>): Promise<AfterSlice> {
    const lost = this.#lostForGood(running);
    if (lost) return this.#settle(running, lost, { next: 'back' });
    let slice: Slice;
    try {
      slice = this.#begin(running);
    } catch (threw) {
      return this.#settle(running, failed(this.#facts(running), begunBadly(threw)), { next: 'back' });
    }
    // A record whose answer was lost may stand in the row: until it is known not to, its parts are kept.
    let isKnown = false;
    try {
      const end = await this.#perform(slice);
      const leave: Leave = (await mustLeave()) ? { next: 'back' } : { next: 'keep', leaseMs: this.parts.leaseMs };
      const after = await this.#conclude(slice, end, leave);
      isKnown = true;
      return after;
    } finally {
      const isNamed = running.claimed.job.outputs !== slice.files.outputs;
      await slice.files.close({ keep: isNamed || !isKnown });
    }
  }

  /** A slice will not be recorded: its job is due at once, or ends in error when its type cannot resume. */
  async giveUp(running: RunningJob): Promise<void> {
    const outcome = cutOff(this.#facts(running));
    if (outcome.kind === 'drop') await this.parts.store.release(running.lease);
    else await this.#settle(running, outcome, { next: 'back' });
  }

  /** A job whose worker died, of a type that cannot resume. */
  #lostForGood(running: RunningJob): Outcome | undefined {
    const facts = this.#facts(running);
    if (running.claimed.crashCount === 0 || facts.whenWorkerLost === 'resume') return undefined;
    return failed(facts, { code: 'worker_lost', message: 'The worker died before the job had ended, and a job of this type cannot resume.' });
  }

  /** A fresh service that knows what was recorded, and nothing else. */
  #begin(running: RunningJob): Slice {
    const { claimed } = running;
    const job = jobOf(running);
    const service = this.parts.create(job.type);
    const files = new SliceFiles(this.parts.folder, claimed.job, `${claimed.sliceSeq}-${claimed.leaseVersion}`);
    const context = new SliceContext(running, files);
    service.begin?.(job);
    return { running, job, service, context, files };
  }

  /** The call itself. What its forgotten timers and promises throw counts as thrown by it. */
  async #perform({ running, job, service, context }: Slice): Promise<{ returned: unknown } | { threw: unknown }> {
    running.sampler = () => sampleService(service, context, running.shown);
    try {
      const returned = await new Promise<unknown>((resolve, reject) => {
        const call = async () => service.executeProgressJob(job, context);
        this.parts.running.runBlamed(reject, () => call().then(resolve, reject));
      });
      return { returned };
    } catch (threw) {
      return { threw };
    } finally {
      context.close();
      // From here on the getters say what may yet be dropped.
      running.sampler = undefined;
    }
  }

  async #conclude(slice: Slice, end: { returned: unknown } | { threw: unknown }, leave: Leave): Promise<AfterSlice> {
    const { running, context } = slice;
    const isDone = 'returned' in end && end.returned === true;
    if (isDone && context.writes.length > 0) return this.#recordWithWrites(slice, leave);
    const read = isDone ? await this.#read(slice) : end;
    return this.#settle(running, judge(read, this.#facts(running, context)), leave);
  }

  /** The job's own writes and the record, in one transaction; an outcome that records nothing undoes the writes. */
  async #recordWithWrites(slice: Slice, leave: Leave): Promise<AfterSlice> {
    const { running, context } = slice;
    const sentAt = performance.now();
    let recorded: Extract<Outcome, { kind: 'record' }> | undefined;
    try {
      const before = await this.#beforeWrites(slice);
      const held = await this.parts.store.recordWith(running.claimed, async (transaction) => {
        await this.#runWrites(slice, before, transaction);
        const end = await this.#read(slice);
        const outcome = judge(end, this.#facts(running, context));
        if (outcome.kind !== 'record') throw new Undone(end);
        recorded = outcome;
        return { slice: outcome.slice, leave };
      });
      return held && recorded ? this.#follow(running, recorded, leave, sentAt) : this.#lost(running);
    } catch (error) {
      if (!(error instanceof Undone)) throw error;
      return this.#settle(running, judge(error.end, this.#facts(running, context)), leave);
    }
  }

  async #beforeWrites({ service, files }: Slice): Promise<BeforeWrites> {
    try {
      return { state: service.snapshot?.(), sizes: await files.sizes() };
    } catch (threw) {
      throw new Undone({ threw });
    }
  }

  /** Runs the callbacks. What they throw counts as thrown by the slice, unless it is the database's fault. */
  async #runWrites({ service, context, files }: Slice, before: BeforeWrites, transaction: WriteTransaction): Promise<void> {
    try {
      // This may be a repeat after a deadlock: the callbacks begin where they began the first time.
      service.restore?.(before.state);
      await files.rewind(before.sizes);
      for (const callback of context.writes) await runInsideWrite(async () => callback(transaction));
    } catch (error) {
      throw isOutage(error) ? error : new Undone({ threw: error });
    }
  }

  /** What the getters say; getters that throw, and files that could not be written, count as the slice. */
  async #read({ running, service, context, files }: Slice): Promise<SliceEnd> {
    try {
      const outputs = await files.seal();
      return { reading: readService(service, context, running, outputs) };
    } catch (threw) {
      return { threw };
    }
  }

  async #settle(running: RunningJob, outcome: Outcome, leave: Leave): Promise<AfterSlice> {
    const { store } = this.parts;
    const sentAt = performance.now();
    switch (outcome.kind) {
      case 'record':
      case 'fail':
        if (!(await store.record(running.claimed, outcome.slice, leave))) return this.#lost(running);
        return this.#follow(running, outcome, leave, sentAt);
      case 'postpone':
        await store.postpone(running.lease, outcome, outcome.delayMs);
        return 'left';
      case 'drop':
        if (running.stopped === 'stopping') await store.release(running.lease);
        return 'left';
    }
  }

  /** The slice is recorded: what is known here becomes what stands in the row. */
  #follow(running: RunningJob, { slice, ...outcome }: Extract<Outcome, { kind: 'record' | 'fail' }>, leave: Leave, sentAt: number): AfterSlice {
    const { job } = running.claimed;
    if (outcome.kind === 'record' && outcome.fault) this.parts.logger.warn({ job: job.number, type: job.type }, outcome.fault);
    running.recorded(slice);
    if (isTerminal(slice.status)) {
      this.parts.logger.info({ job: job.number, type: job.type, status: slice.status, code: slice.error?.code }, 'job ended');
      this.parts.events.emit('ended', job.id);
      return 'left';
    }
    if (leave.next === 'back') return 'left';
    running.leaseRenewed(sentAt + leave.leaseMs);
    return 'goes_on';
  }

  #lost(running: RunningJob): AfterSlice {
    running.stop('lease_lost');
    this.parts.logger.info({ job: running.number, because: running.stopped }, 'a slice was dropped: its job is no longer held');
    return 'left';
  }

  #facts(running: RunningJob, context?: SliceContext): SliceFacts {
    const config = this.parts.registry.types.get(running.claimed.job.type)?.config;
    return {
      claimed: running.claimed,
      lastProgress: Math.max(running.shown.progress, running.progressSent),
      hasWrites: (context?.writes.length ?? 0) > 0,
      stopped: running.stopped,
      whenWorkerLost: config?.whenWorkerLost ?? (config?.run ? 'error' : 'resume'),
    };
  }
}

/** Ends a transaction whose writes must not stay. */
class Undone extends Error {
  constructor(readonly end: SliceEnd) {
    super('The writes of a slice are undone.');
  }
}

/** The row's data is no JSON: somebody wrote it by hand. */
class CorruptRow extends Error {}

function begunBadly(threw: unknown): SliceRecord['error'] & object {
  return { code: threw instanceof CorruptRow ? 'corrupt_row' : 'failed', message: describeError(threw) };
}

/** The job as its service sees it, read anew from text, so that nothing a slice did to an object outlives it. */
function jobOf({ claimed, shown }: RunningJob): ProgressJob {
  const { id, number, name, type, offset, status, message, result, attempt, userId, isHidden } = claimed.job;
  let data: unknown;
  try {
    data = JSON.parse(claimed.dataText);
  } catch (cause) {
    throw new CorruptRow('The data in the job\'s row is no JSON.', { cause });
  }
  return {
    ...{ id, number, name, type, data, offset, status, message, result, attempt, userId, isHidden },
    ...{ progress: shown.progress, counts: shown.counts, sliceNumber: claimed.sliceSeq },
  };
}
