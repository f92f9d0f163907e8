import type { ChildrenBar, ChildStore } from '../contracts/child-job.js';
import { thrownValue } from '../contracts/describe-error.js';
import type { OutputFile } from '../contracts/job.js';
import type { JobItemStore } from '../contracts/job-items.js';
import type { ProgressJob, ProgressJobInterface, WriteTransaction } from '../contracts/progress-job.js';
import type { FileFolder } from '../store/file-folder.js';
import { runInsideWrite } from '../store/inside-write.js';
import { runAsWrite, runBlamed } from '../store/scope.js';
import { isOutage } from '../store/transient.js';
import { type Listeners, SliceContext } from './job-context.js';
import type { SliceEnd } from './outcome.js';
import type { Phases } from './phases.js';
import { readService, type Spoken, sampleService } from './reading.js';
import type { RunningJob } from './running-job.js';
import { type PartSizes, SliceFiles } from './slice-files.js';
import { type Soon, soon } from './soon.js';
import type { TotalCounts } from './total-counts.js';
import { untilCut } from './until-cut.js';

/** How the call itself came back, before anything was read. */
export type Called = { readonly returned: unknown } | { readonly threw: unknown };

/** It did its part: what the getters say counts. */
export const isDone = (called: Called): boolean => 'returned' in called && called.returned === true;

/** What write callbacks may change, as it was before them. */
interface BeforeWrites {
  readonly state: unknown;
  readonly sizes: PartSizes;
  readonly items: SliceContext['items'];
}

/** What slices work with. */
export interface SliceTools extends Listeners {
  readonly folder: FileFolder;
  readonly items: JobItemStore;
  readonly totals: TotalCounts;
  readonly families: ChildStore;
}

const NOTHING: PartSizes = new Map();

/** One slice of a job: a fresh service, what it is given, and what it leaves. */
export class Slice {
  readonly #context: SliceContext;
  readonly #files: SliceFiles;
  readonly #job: ProgressJob;
  readonly #spoken: Spoken;
  #isRowKnown = false;
  #hasAdded = false;
  #ledgerRows: number | undefined;

  /** The service knows what was recorded, and nothing else. Throws CorruptRow, and what its `begin` throws. */
  constructor(
    private readonly running: RunningJob,
    private readonly service: ProgressJobInterface,
    private readonly tools: SliceTools,
    /** Of its type. */
    phases: Phases | undefined,
  ) {
    const { claimed } = running;
    this.#job = jobOf(running, phases);
    // The part of a file that this slice writes under this lease: no other ever has its name.
    this.#files = new SliceFiles(tools.folder, claimed.job, `${claimed.sliceSeq}-${claimed.leaseVersion}`);
    this.#context = new SliceContext(running, this.#files, tools, phases);
    service.begin?.(this.#job);
    const counted = service.countTotal && {
      phase: this.#job.phase?.index ?? 1,
      total: tools.totals.of(this.#job, this.#context.user),
    };
    this.#spoken = { service, context: this.#context, running, phases, counted };
  }

  get hasWrites(): boolean {
    return this.#context.writes.length > 0 || this.#context.items.size > 0 || this.adds > 0;
  }

  /** How many jobs it adds. */
  get adds(): number {
    return this.#context.added?.size ?? 0;
  }

  /** Ends when its `countTotal` has answered, if it was asked. */
  counted(): Promise<void> {
    return this.tools.totals.answered(this.#job);
  }

  /**
   * The call itself, `before` it what may refuse it, up to its cut. What its timers and forgotten promises throw while it
   * runs counts as thrown by it.
   */
  perform(before?: () => Promise<void>): Soon<Called> {
    this.running.sampler = () => sampleService(this.#spoken);
    try {
      const returns = untilCut((blame) => runBlamed(blame, () => this.#begin(before)), this.running);
      if (!(returns instanceof Promise)) return this.#over({ returned: returns });
      return returns.then(
        (returned) => this.#over({ returned }),
        (threw: unknown) => this.#over({ threw: thrownValue(threw) }),
      );
    } catch (threw) {
      return this.#over({ threw: thrownValue(threw) });
    }
  }

  #begin(before?: () => Promise<void>): unknown {
    if (before) return before().then(() => this.#execute());
    return this.#execute();
  }

  #execute(): unknown {
    const returned: unknown = this.service.executeProgressJob(this.#job, this.#context);
    const isThere = typeof returned !== 'object' && typeof returned !== 'function';
    return isThere && !this.#context.added ? returned : this.#awaited(returned);
  }

  async #awaited(returns: unknown): Promise<unknown> {
    const returned = await returns;
    await this.#context.added?.over();
    return returned;
  }

  #over(called: Called): Called {
    this.#context.close();
    // From here on the getters say what may yet be dropped.
    this.running.sampler = undefined;
    return called;
  }

  /** What the getters say; getters that throw, and files that could not be written, count as the slice. */
  read(): Soon<SliceEnd> {
    return this.#files.areUntouched ? this.#readWith(undefined) : this.#sealAndRead();
  }

  async #sealAndRead(): Promise<SliceEnd> {
    try {
      return this.#readWith(await this.#files.seal());
    } catch (threw) {
      return { threw: thrownValue(threw) };
    }
  }

  #readWith(outputs: readonly OutputFile[] | undefined): SliceEnd {
    try {
      return { reading: readService(this.#spoken, outputs) };
    } catch (threw) {
      return { threw: thrownValue(threw) };
    }
  }

  /** What `runWrites` goes back to. Throws Undone. */
  async beforeWrites(): Promise<BeforeWrites> {
    try {
      return {
        state: this.service.snapshot?.(),
        items: new Map(this.#context.items),
        sizes: this.#files.areUntouched ? NOTHING : await this.#files.sizes(),
      };
    } catch (threw) {
      throw new Undone({ threw: thrownValue(threw) });
    }
  }

  /** Runs the callbacks. What they throw counts as thrown by the slice (Undone), unless it is the database's fault. */
  async runWrites(before: BeforeWrites, transaction: WriteTransaction): Promise<void> {
    try {
      // This may be a repeat after a deadlock: the callbacks begin where they began the first time.
      this.service.restore?.(before.state);
      this.#context.restoreItems(before.items);
      this.#context.hear(true);
      if (!this.#files.areUntouched) await this.#files.rewind(before.sizes);
      for (const callback of this.#context.writes) {
        await runInsideWrite(transaction, async (given) =>
          untilCut((blame) => runAsWrite(blame, async () => callback(given)), this.running),
        );
      }
    } catch (error) {
      throw asUndone(error);
    } finally {
      this.#context.hear(false);
    }
  }

  /** Writes what the slice said of its items. Gives how many were only counted. Throws as `runWrites`. */
  async writeItems(transaction: WriteTransaction): Promise<number> {
    const { running } = this;
    const items = [...this.#context.items.values()];
    if (items.length === 0) return 0;
    try {
      const { rows, left } = await this.tools.items.write(running.claimed, items, running.ledgerRows, transaction);
      this.#ledgerRows = rows;
      return left;
    } catch (error) {
      throw asUndone(error);
    }
  }

  /** Inserts the jobs that it added, for which its own then rests. Throws as `runWrites`. */
  async addChildren(bar: ChildrenBar, transaction: WriteTransaction): Promise<void> {
    const { jobs = [] } = this.#context.added ?? {};
    try {
      await this.tools.families.add(this.running.claimed, jobs, bar, transaction);
    } catch (error) {
      throw asUndone(error);
    }
  }

  /** It is known what stands in the row: parts of files that it does not name may go. */
  rowIsKnown(): void {
    this.#isRowKnown = true;
  }

  /** The jobs that it added are there. Gives them. */
  childrenAdded(): readonly { readonly id: string; readonly type: string }[] {
    this.#hasAdded = true;
    return this.#context.added?.jobs.map(({ job }) => job) ?? [];
  }

  /** It was recorded. */
  recorded(): void {
    this.running.ledgerRows = this.#ledgerRows ?? this.running.ledgerRows;
  }

  /** Closes its files. A record whose answer was lost may stand in the row: its parts are kept. */
  close(): Soon<void> {
    const { added } = this.#context;
    const forgets = this.#isRowKnown && !this.#hasAdded ? added?.forget() : undefined;
    return soon(forgets, () => {
      const isNamed = this.running.claimed.job.outputs !== this.#files.outputs;
      return this.#files.close({ keep: isNamed || !this.#isRowKnown });
    });
  }
}

/** Ends a transaction whose writes must not stay. */
export class Undone extends Error {
  constructor(readonly end: SliceEnd) {
    super('The writes of a slice are undone.');
  }
}

/** The database's fault stays what it is; anything else counts as thrown by the slice. */
function asUndone(error: unknown): unknown {
  const threw = thrownValue(error);
  return isOutage(threw) ? threw : new Undone({ threw });
}

/** The row's data is no JSON: somebody wrote it by hand. */
export class CorruptRow extends Error {}

/** The job as its service sees it, read anew from text, so that nothing a slice did to an object outlives it. */
function jobOf({ claimed, shown }: RunningJob, phases: Phases | undefined): ProgressJob {
  const { job } = claimed;
  let data: unknown;
  try {
    data = JSON.parse(claimed.dataText);
  } catch (cause) {
    throw new CorruptRow("The data in the job's row is no JSON.", { cause });
  }
  return {
    id: job.id,
    number: job.number,
    name: job.name,
    type: job.type,
    data,
    offset: job.offset,
    progress: shown.progress,
    phase: phases?.inSlice(phases.indexOf(job.phase), shown.progress),
    status: job.status,
    counts: shown.counts,
    children: job.children,
    message: job.message,
    result: job.result,
    attempt: job.attempt,
    sliceNumber: claimed.sliceSeq,
    userId: job.userId,
    isHidden: job.isHidden,
  };
}
