import type { Counts, JobPhase } from '../contracts/job.js';
import type { ClaimedJob, Estimate, Lease, Pace, SliceRecord } from '../contracts/job-store.js';
import { JobLog, PLACES, type Place } from './job-log.js';
import type { Masking } from './line-text.js';
import type { OpenedSecrets } from './opened-secrets.js';
import type { StopReason } from './outcome.js';
import { Pacing, type Position } from './pacing.js';

/** What the bar of a running job shows. */
export interface Sample {
  readonly progress: number;
  readonly message: string | undefined;
  readonly counts: Counts;
  /** Of a job with phases: which it is in, and the percent of the whole job at which that ends. */
  readonly phase?: (JobPhase & { readonly until: number }) | undefined;
}

/** As readers of the row see it. */
export function phaseOf({ phase }: Sample): JobPhase | undefined {
  return phase && { index: phase.index, of: phase.of, name: phase.name };
}

/** An estimate is fixed again with the first record after so long, ms: one with each would cost short slices dear. */
const ESTIMATE_MS = 1000;

/** A slice that the worker's stop cuts has this long to notice, ms. */
export const CUT_MS = 500;

/** A job that this worker holds, from its claim until it is left. Times are of the process's monotonic clock, ms. */
export class RunningJob {
  /** Made when somebody asks for it: most slices do not, and it costs as much as the rest of a job. */
  #controller: AbortController | undefined;
  #stopped: StopAsked | undefined;
  #onCut: Set<(because: StopAsked) => void> | undefined;
  #isCut = false;
  /** Asks the service of the slice that runs now. */
  sampler: (() => Sample) | undefined;
  /** What readers of the row see. */
  shown: Sample;
  /** The most that a beat has sent; it may stand in the row before the beat is answered. */
  progressSent = 0;
  /** How far its slice is: one that never began has done nothing, and one that was judged only has to be written. */
  phase: 'not_begun' | 'performing' | 'judged' = 'not_begun';
  /** It was prefetched, and has no place yet. */
  isWaiting = false;
  /** Its last slice was performed, and is being recorded: its place is free for another job. */
  isEnding = false;
  /** Its secrets, once a slice has run here; `undefined`: it has none. */
  opened: OpenedSecrets | undefined;
  /** The version that the row's data is still to be brought to. */
  migratedTo: number | undefined;
  /** When the fair share of this job began. */
  shareSince = performance.now();
  /** Its log says that a worker had died. */
  isTakeoverTold = false;
  /** How many rows the ledger of its items has at most; `undefined`: to be counted. */
  ledgerRows: number | undefined;
  /** Made when somebody says something: most jobs do not. */
  #log: JobLog | undefined;
  #pacing: Pacing;
  #leaseUntil: number;
  #cutAt = Number.POSITIVE_INFINITY;

  constructor(
    /** As last recorded. */
    public claimed: ClaimedJob,
    leaseUntil: number,
    /** How long its slice may go on after its signal, ms. */
    private readonly graceMs: number,
    /** Which of the lease's lines are said here. */
    private readonly lines: { readonly first: number; readonly last?: number } = { first: PLACES.worker },
  ) {
    this.#leaseUntil = leaseUntil;
    this.#pacing = this.#pacingOf(claimed.pace, this.shareSince);
    this.shown = { progress: claimed.job.progress, message: claimed.job.message, counts: claimed.job.counts };
  }

  /** A text that the job says, without its secrets. */
  readonly hide = (text: string): string => this.opened?.mask.hide(text) ?? text;

  /** For all that its slices say besides. */
  get masking(): Masking {
    return { hide: this.hide, hideInJson: (text) => this.hideInJson(text) ?? text };
  }

  /** JSON text, without its secrets. */
  hideInJson(text: string | undefined): string | undefined {
    return text === undefined ? undefined : (this.opened?.mask.hideInJson(text) ?? text);
  }

  /** Its data was brought to this version of its type; the row follows with the slice. */
  migrated(dataText: string, version: number): void {
    this.claimed = { ...this.claimed, dataText, job: { ...this.claimed.job, version } };
    this.migratedTo = version;
  }

  /** It waited for its place until now: its share of it, and how fast it comes on, count from here. */
  getsPlace(now: number): void {
    this.isWaiting = false;
    this.shareSince = now;
    this.#pacing = this.#pacingOf(this.claimed.pace, now);
  }

  get number(): number {
    return this.claimed.number;
  }

  /** What it says and what is said of it, to be written by the beat, and before it is left. */
  get log(): JobLog {
    if (!this.#log) {
      this.#log = new JobLog(this.lines.first, this.lines.last);
      this.#log.masking = this.masking;
    }
    return this.#log;
  }

  /** Has anything been said that is not known to be written? */
  get hasLines(): boolean {
    return this.#log !== undefined && !this.#log.isEmpty;
  }

  /** Where it is, for its log. */
  get place(): Place {
    return { attempt: this.claimed.job.attempt, slice: this.claimed.sliceSeq };
  }

  get lease(): Lease {
    return { number: this.claimed.number, leaseVersion: this.claimed.leaseVersion };
  }

  /** What this worker may count on: measured from before the request for the lease was sent. */
  get leaseUntil(): number {
    return this.#leaseUntil;
  }

  leaseRenewed(until: number): void {
    this.#leaseUntil = Math.max(this.#leaseUntil, until);
  }

  /** How fast it comes on, and when it will have ended, now that its bar stands here. */
  estimate(position: Position, now = performance.now()): Estimate {
    return this.#pacing.moved(position, now);
  }

  /** The same for a slice that is to be recorded, where it is time to say it anew, or the job leaves its worker. */
  estimateOf(position: Position, isLeaving: boolean): Estimate | undefined {
    const now = performance.now();
    return isLeaving || now - this.#pacing.since >= ESTIMATE_MS ? this.estimate(position, now) : undefined;
  }

  /** How fast it came on when it last moved. */
  get pace(): Pace {
    return this.#pacing.pace;
  }

  /** The slices are done elsewhere: so fast came the job on to where it is now. */
  set pace(pace: Pace) {
    this.#pacing = this.#pacingOf(pace, performance.now());
  }

  #pacingOf(pace: Pace | undefined, since: number): Pacing {
    const { progress, phase } = this.claimed.job;
    return new Pacing(pace, progress, phase?.index, since);
  }

  /** A slice was recorded: what is known here follows what stands in the row. */
  recorded(slice: SliceRecord): void {
    const { offset, progress, counts, message, status } = slice;
    this.migratedTo = undefined;
    const result = slice.result === undefined ? this.claimed.job.result : JSON.parse(slice.result);
    const outputs = slice.outputs ?? this.claimed.job.outputs;
    const phase = slice.phase ?? this.claimed.job.phase;
    this.claimed = {
      ...this.claimed,
      job: { ...this.claimed.job, offset, progress, counts, message, status, result, outputs, phase },
      dataText: slice.data ?? this.claimed.dataText,
      sliceSeq: this.claimed.sliceSeq + 1,
      crashCount: offset === this.claimed.job.offset ? this.claimed.crashCount : 0,
      refusals: 0,
      idleSlices: slice.idleSlices,
      pace: slice.estimate?.pace ?? this.claimed.pace,
    };
    this.shown = { progress, message, counts };
  }

  /** Fires when the slice is asked to stop. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#stopped) this.#controller.abort(this.#stopped);
    }
    return this.#controller.signal;
  }

  /** Why the signal fired; `undefined` while it has not. */
  get stopped(): StopReason | undefined {
    return this.#stopped?.because;
  }

  /** The slice has not heeded its signal: nobody waits for it any longer. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** The reason of the signal, once nobody waits for the slice. */
  get cutBecause(): StopAsked | undefined {
    return this.#isCut ? this.#stopped : undefined;
  }

  /** Told of what goes on although nobody waits for it any longer. */
  leave: (work: Promise<unknown>) => void = () => undefined;

  /** Calls back at the cut, at once when that was before; gives what ends it. */
  onCut(cut: (because: StopAsked) => void): () => void {
    const because = this.cutBecause;
    if (because) {
      cut(because);
      return () => undefined;
    }
    this.#onCut ??= new Set();
    this.#onCut.add(cut);
    return () => this.#onCut?.delete(cut);
  }

  /** Tells the slice to stop once it has run so long, ms; `undefined`: never. Gives what ends that. */
  limit(milliseconds: number | undefined): () => void {
    const timer =
      milliseconds === undefined ? undefined : setTimeout(() => this.stop('too_long'), milliseconds).unref();
    return () => clearTimeout(timer);
  }

  /** Fires the signal, and later the cut; the first reason and the earliest cut stay. */
  stop(because: StopReason): void {
    if (!this.#stopped) {
      this.#stopped = new StopAsked(because);
      this.#controller?.abort(this.#stopped);
    }
    const patienceMs = because === 'stopping' ? CUT_MS : this.graceMs;
    const cutAt = performance.now() + patienceMs;
    if (cutAt >= this.#cutAt) return;
    this.#cutAt = cutAt;
    setTimeout(() => this.#cut(), patienceMs).unref();
  }

  #cut(): void {
    if (this.#isCut || !this.#stopped) return;
    this.#isCut = true;
    for (const cut of this.#onCut ?? []) cut(this.#stopped);
  }
}

/** The reason of a slice's signal, for those who throw it on. */
export class StopAsked extends Error {
  override readonly name = 'AbortError';

  constructor(readonly because: StopReason) {
    super(`The slice was asked to stop: ${because.replace('_', ' ')}.`);
  }
}
