import type { Counts } from '../contracts/job.js';
import type { ClaimedJob, Lease, SliceRecord } from '../contracts/job-store.js';
import type { OpenedSecrets } from './opened-secrets.js';
import type { StopReason } from './outcome.js';

/** What the bar of a running job shows. */
export interface Sample {
  readonly progress: number;
  readonly message: string | undefined;
  readonly counts: Counts;
}

/** A slice that the worker's stop cuts has this long to notice, ms. */
export const CUT_MS = 500;

/** A job that this worker holds, from its claim until it is left. Times are of the process's monotonic clock, ms. */
export class RunningJob {
  /** Made when somebody asks for it: most slices do not, and it costs as much as the rest of a job. */
  #controller: AbortController | undefined;
  #stopped: StopAsked | undefined;
  #onCut = new Set<(because: StopAsked) => void>();
  #isCut = false;
  /** Asks the service of the slice that runs now. */
  sampler: (() => Sample) | undefined;
  /** What readers of the row see. */
  shown: Sample;
  /** The most that a beat has sent; it may stand in the row before the beat is answered. */
  progressSent = 0;
  /** How far its slice is: one that never began has done nothing, and one that was judged only has to be written. */
  phase: 'not_begun' | 'performing' | 'judged' = 'not_begun';
  /** Its last slice was performed, and is being recorded: its place is free for another job. */
  isEnding = false;
  /** Its secrets, once a slice has run here; `undefined`: it has none. */
  opened: OpenedSecrets | undefined;
  /** The version that the row's data is still to be brought to. */
  migratedTo: number | undefined;
  /** When the fair share of this job began. */
  shareSince = performance.now();
  #leaseUntil: number;
  #cutAt = Number.POSITIVE_INFINITY;

  constructor(
    /** As last recorded. */
    public claimed: ClaimedJob,
    leaseUntil: number,
    /** How long its slice may go on after its signal, ms. */
    private readonly graceMs: number,
  ) {
    this.#leaseUntil = leaseUntil;
    this.shown = { progress: claimed.job.progress, message: claimed.job.message, counts: claimed.job.counts };
  }

  /** A text that the job says, without its secrets. */
  readonly hide = (text: string): string => this.opened?.mask.hide(text) ?? text;

  /** JSON text, without its secrets. */
  hideInJson(text: string | undefined): string | undefined {
    return text === undefined ? undefined : (this.opened?.mask.hideInJson(text) ?? text);
  }

  /** Its data was brought to this version of its type; the row follows with the slice. */
  migrated(dataText: string, version: number): void {
    this.claimed = { ...this.claimed, dataText, job: { ...this.claimed.job, version } };
    this.migratedTo = version;
  }

  get number(): number {
    return this.claimed.number;
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

  /** A slice was recorded: what is known here follows what stands in the row. */
  recorded(slice: SliceRecord): void {
    const { offset, progress, counts, message, status } = slice;
    this.migratedTo = undefined;
    const result = slice.result === undefined ? this.claimed.job.result : JSON.parse(slice.result);
    const outputs = slice.outputs ?? this.claimed.job.outputs;
    this.claimed = {
      ...this.claimed,
      job: { ...this.claimed.job, offset, progress, counts, message, status, result, outputs },
      dataText: slice.data ?? this.claimed.dataText,
      sliceSeq: this.claimed.sliceSeq + 1,
      crashCount: offset === this.claimed.job.offset ? this.claimed.crashCount : 0,
      refusals: 0,
      idleSlices: slice.idleSlices,
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

  /** Calls back at the cut, at once when that was before; gives what ends it. */
  onCut(cut: (because: StopAsked) => void): () => void {
    if (this.#isCut && this.#stopped) cut(this.#stopped);
    else this.#onCut.add(cut);
    return () => this.#onCut.delete(cut);
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
    for (const cut of this.#onCut) cut(this.#stopped);
  }
}

/** The reason of a slice's signal, for those who throw it on. */
export class StopAsked extends Error {
  override readonly name = 'AbortError';

  constructor(readonly because: StopReason) {
    super(`The slice was asked to stop: ${because.replace('_', ' ')}.`);
  }
}
