import { setTimeout as sleep } from 'node:timers/promises';
import type { JobEvents } from '../contracts/job-events.js';
import type { JobStore } from '../contracts/job-store.js';
import { isTerminal } from '../contracts/status.js';

/** How often the table is asked about jobs that other processes may end, ms. */
const LOOK_MS = 250;
/** Ids in one look. */
const IDS_AT_ONCE = 500;

/** Waits for ends of jobs: all waits of this process share one look at the table; ends in this process are told at once. */
export class JobWaits {
  readonly #waiting = new Map<string, Set<() => void>>();
  #looking: Promise<void> | undefined;

  constructor(
    private readonly store: JobStore,
    events: JobEvents,
  ) {
    events.on('ended', (id) => this.#settle(id));
  }

  /** Resolves when the job has ended, or its row is gone. Rejects with the signal's reason. */
  ended(id: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const done = () => {
        signal?.removeEventListener('abort', aborted);
        resolve();
      };
      const aborted = () => {
        this.#forget(id, done);
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', aborted, { once: true });
      this.#waiting.set(id, (this.#waiting.get(id) ?? new Set()).add(done));
      this.#looking ??= this.#look();
    });
  }

  /** While anybody waits. An end between two looks, or before the first, is found by the next. */
  async #look(): Promise<void> {
    while (this.#waiting.size > 0) {
      const ids = [...this.#waiting.keys()];
      for (let from = 0; from < ids.length; from += IDS_AT_ONCE) await this.#lookAt(ids.slice(from, from + IDS_AT_ONCE));
      if (this.#waiting.size > 0) await sleep(LOOK_MS);
    }
    this.#looking = undefined;
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
    for (const done of waiting ?? []) done();
  }

  #forget(id: string, done: () => void): void {
    const waiting = this.#waiting.get(id);
    waiting?.delete(done);
    if (waiting?.size === 0) this.#waiting.delete(id);
  }
}
