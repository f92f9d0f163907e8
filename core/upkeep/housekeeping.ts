import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../contracts/describe-error.js';
import type { Logger } from '../contracts/logger.js';
import type { Pruning } from './pruning.js';

const HOUR_MS = 60 * 60 * 1000;

/** Prunes once an hour while a worker works. Every worker does: what one has removed, another does not find. */
export class Housekeeping {
  #working: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;

  constructor(
    private readonly pruning: Pruning,
    private readonly logger: Logger,
    /** 0: nothing is pruned. */
    private readonly keepDays: number,
  ) {}

  start(): void {
    if (this.keepDays === 0 || this.#working) return;
    const stop = new AbortController();
    this.#working = { stop, ended: this.#work(stop.signal) };
  }

  async stop(): Promise<void> {
    const working = this.#working;
    this.#working = undefined;
    working?.stop.abort();
    await working?.ended;
  }

  /** Not at once, and not when the others do: a fleet that was started together would prune together. */
  async #work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await sleep(HOUR_MS * (0.5 + Math.random()), undefined, { signal, ref: false });
        const pruned = await this.pruning.prune({ days: this.keepDays, signal });
        this.logger.info({ ...pruned, days: this.keepDays }, 'finished jobs were pruned');
      } catch (error) {
        if (!signal.aborted) this.logger.error({ error: describeError(error) }, 'pruning failed; it is tried again');
      }
    }
  }
}
