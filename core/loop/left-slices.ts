import type { Logger } from '../contracts/logger.js';
import type { RunningJob } from './running-job.js';

/** Slices that only end late are no reason to replace a process: as many must go on for so long, ms. */
const PATIENCE_MS = 10_000;

/**
 * What a job still does in this process although it was told to stop and was cut: nobody waits for it, and what it
 * writes is refused, but it keeps its memory, its connections and whatever else it holds for as long as it goes on.
 */
export class LeftSlices {
  readonly #left = new Set<Promise<unknown>>();
  #tell: () => void = () => undefined;
  #looking: NodeJS.Timeout | undefined;
  /** Resolves once as many as this process has places go on, 10 s later too: it is to be replaced by a fresh one. */
  readonly areMany = new Promise<void>((resolve) => {
    this.#tell = resolve;
  });

  constructor(
    private readonly logger: Logger,
    private readonly places: number,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /** How many go on now. */
  get size(): number {
    return this.#left.size;
  }

  /** Counts it until it ends, if it ever does. */
  add({ number, claimed }: RunningJob, work: Promise<unknown>): void {
    const job = { job: number, type: claimed.job.type };
    const since = performance.now();
    const ended = () => {
      this.#left.delete(work);
      const afterMs = Math.round(performance.now() - since);
      this.logger.info({ ...job, afterMs, left: this.size }, 'a slice that was left to itself has ended');
    };
    this.#left.add(work);
    work.then(ended, ended);
    this.logger.warn({ ...job, left: this.size }, 'a slice goes on although it was told to stop; it is left to itself');
    if (this.size >= this.places) this.#lookLater();
  }

  #lookLater(): void {
    this.#looking ??= setTimeout(() => {
      this.#looking = undefined;
      if (this.size >= this.places) this.#tell();
    }, this.patienceMs).unref();
  }
}
