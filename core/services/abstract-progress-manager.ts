import type { Counts } from '../contracts/job.js';
import type { JobContext, JobData, JobType, ProgressJob, ProgressJobInterface } from '../contracts/progress-job.js';
import type { Status } from '../contracts/status.js';
import { type BarPosition, barPercent, barPosition, barText } from './bar-position.js';

/** What a slice leaves behind: the getters read it, `begin` fills it from the row. */
interface SliceState {
  readonly status: Status;
  readonly progress: number;
  readonly offset: number;
  readonly data: unknown;
  readonly message: string | undefined;
  readonly result: unknown;
  readonly counts: Counts;
  /** From 1; `undefined`: its type declares none. */
  readonly phase: { readonly index: number; readonly of: number } | undefined;
}

const NOTHING_COUNTED: Counts = { processed: 0, total: undefined, failed: 0, skipped: 0 };

/**
 * Base of job services: keeps what a slice leaves behind, so that a service says only what changed.
 * It has no constructor parameters, because inversify does not inherit injection: a subclass injects
 * in its own constructor and calls `super()`.
 */
export abstract class AbstractProgressManager<T extends JobType = string> implements ProgressJobInterface<T> {
  #state: SliceState = {
    status: 'new',
    progress: 0,
    offset: 0,
    data: {},
    message: undefined,
    result: undefined,
    counts: NOTHING_COUNTED,
    phase: undefined,
  };

  abstract executeProgressJob(job: ProgressJob<T>, context: JobContext): boolean | Promise<boolean>;

  begin({ status, progress, offset, data, message, result, counts, phase }: ProgressJob<T>): void {
    this.#state = { status, progress: phase?.progress ?? progress, offset, data, message, result, counts, phase };
  }

  /**
   * The next slice begins at `offset`; with a `total`, progress is their ratio and the job ends in success when
   * `offset` reaches it. `advance(0, 0)` is the end of a job that had nothing to do. Where the type declares phases, all
   * of this is said of the present one, and its end is the beginning of the next (`nextPhase`).
   */
  protected advance(offset: number, total?: number): void {
    this.#set({
      offset,
      counts: {
        ...this.#state.counts,
        // What steps on by one from an empty list has processed nothing.
        processed: total === 0 ? 0 : offset,
        total: total ?? this.#state.counts.total,
      },
    });
    if (total === undefined) this.#set({ status: 'in_progress' });
    else if (offset >= total) this.nextPhase();
    else this.#set({ status: 'in_progress', progress: (offset / total) * 100 });
  }

  /**
   * This phase is done: the next slice begins the next one, at offset 0 and with counts of its own. After the last one,
   * and where there are none, the job ends in success.
   */
  protected nextPhase(): void {
    const { phase } = this.#state;
    if (!phase || phase.index >= phase.of) {
      this.#set({ status: 'success', progress: 100 });
      return;
    }
    const next = { index: phase.index + 1, of: phase.of };
    this.#set({ status: 'in_progress', phase: next, offset: 0, progress: 0, counts: NOTHING_COUNTED });
  }

  /** Where the next slice begins, when progress and status are said apart. */
  protected setOffset(offset: number): void {
    this.#set({ offset });
  }

  /** Percent, 0…100; of the phase, where there are phases. */
  protected setProgress(progress: number): void {
    this.#set({ progress });
  }

  /** Moves the bar, but never back, the counts and the message to where the job says that it is; gives what was made of it. */
  protected setPosition(said: Partial<BarPosition>): BarPosition {
    const position = barPosition(said);
    this.setProgress(Math.max(this.#state.progress, barPercent(position)));
    this.setCounts({ processed: position.step, total: position.max });
    this.setMessage(barText(position));
    return position;
  }

  /** `in_progress`, `success` or `error`. */
  protected setStatus(status: Status): void {
    this.#set({ status });
  }

  /** What the next slice gets as `job.data`; JSON, at most 1 MiB. */
  protected setData(data: JobData<T>): void {
    this.#set({ data });
  }

  /** One line for the owner, beside the bar; with status `error`, the reason. `undefined` takes it away. */
  protected setMessage(message: string | undefined): void {
    this.#set({ message });
  }

  /** What the job brings its owner; JSON. */
  protected setResult(result: unknown): void {
    this.#set({ result });
  }

  /** Counts that `advance` does not know: what failed and what was skipped, or a count without an offset. */
  protected setCounts(counts: Partial<Counts>): void {
    this.#set({ counts: { ...this.#state.counts, ...counts } });
  }

  getProgress(): number {
    return this.#state.progress;
  }

  getStatus(): Status {
    return this.#state.status;
  }

  getPhase(): number | undefined {
    return this.#state.phase?.index;
  }

  getOffset(): number {
    return this.#state.offset;
  }

  getData(): unknown {
    return this.#state.data;
  }

  getMessage(): string | undefined {
    return this.#state.message;
  }

  getResult(): unknown {
    return this.#state.result;
  }

  getCounts(): Counts {
    return this.#state.counts;
  }

  snapshot(): unknown {
    return this.#state;
  }

  restore(snapshot: unknown): void {
    this.#state = snapshot as SliceState;
  }

  #set(change: Partial<SliceState>): void {
    this.#state = { ...this.#state, ...change };
  }
}
