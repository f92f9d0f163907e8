import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from '../contracts/errors.js';
import type { JobEvents } from '../contracts/job-events.js';
import type { JobStore } from '../contracts/job-store.js';
import { isTerminal } from '../contracts/status.js';

/** How often the table is asked about jobs that other processes may end, ms. */
const LOOK_MS = 250;
/** Ids in one look. */
const IDS_AT_ONCE = 500;

/** One who waits: how to tell them that it is over. */
interface Waiter {
  resolve(): void;
  reject(reason: unknown): void;
}

/** Waits for ends of jobs: all waits of this process share one look at the table; ends in this process are told at once. */
export class JobWaits {
  readonly #waiting = new Map<string, Set<Waiter>>();
  readonly #closing = new AbortController();
  #looking: Promise<void> | undefined;
  /** Ends the pause between two looks. */
  #wake: () => void = () => undefined;

  constructor(
    private readonly store: JobStore,
    events: JobEvents,
  ) {
    events.on('ended', (id) => this.#settle(id));
  }

  /** Resolves when the job has ended, or its row is gone. Rejects with the signal's reason, or when this is closed. */
  async ended(id: string, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#closing.signal.throwIfAborted();
    let stop = () => {};
    const ended = new Promise<void>((resolve, reject) => {
      const waiter = { resolve, reject };
      stop = () => this.#forget(id, waiter, signal.reason);
      this.#waiting.set(id, (this.#waiting.get(id) ?? new Set()).add(waiter));
      this.#looking ??= this.#look();
    });
    signal.addEventListener('abort', stop, { once: true });
    return ended.finally(() => signal.removeEventListener('abort', stop));
  }

  /** Ends every wait with an error; the jobs are not touched. */
  close(): void {
    const reason = new StoreUnavailableError(
      'The application was stopped before the job had ended. The job itself is not touched.',
    );
    for (const [id, waiting] of this.#waiting) for (const waiter of waiting) this.#forget(id, waiter, reason);
    this.#closing.abort(reason);
  }

  /** While anybody waits. An end between two looks, or before the first, is found by the next. */
  async #look(): Promise<void> {
    while (this.#waiting.size > 0) {
      const ids = [...this.#waiting.keys()];
      for (let from = 0; from < ids.length; from += IDS_AT_ONCE)
        await this.#lookAt(ids.slice(from, from + IDS_AT_ONCE));
      if (this.#waiting.size > 0) await this.#pause();
    }
    this.#looking = undefined;
  }

  /** Until the next look, or until nobody waits any more. */
  async #pause(): Promise<void> {
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await sleep(LOOK_MS, undefined, { signal: woken.signal }).catch(() => undefined);
  }

  async #lookAt(ids: readonly string[]): Promise<void> {
    // A database that does not answer now may answer the next look; the wait's own time-out bounds it.
    const statuses = await this.store.statuses(ids).catch(() => undefined);
    for (const id of statuses ? ids : []) {
      const status = statuses?.get(id);
      if (status === undefined || isTerminal(status)) this.#settle(id);
    }
  }

  #settle(id: string): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    for (const { resolve } of waiting ?? []) resolve();
    if (this.#waiting.size === 0) this.#wake();
  }

  #forget(id: string, waiter: Waiter, reason: unknown): void {
    waiter.reject(reason);
    const waiting = this.#waiting.get(id);
    waiting?.delete(waiter);
    if (waiting?.size === 0) this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#wake();
  }
}
