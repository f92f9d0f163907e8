import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidInputError } from '../contracts/errors.js';
import { TERMINAL_STATUSES, type TerminalStatus } from '../contracts/status.js';
import { checkKeys } from '../registry/check-keys.js';
import type { Ends } from '../store/ends.js';
import type { History } from '../store/history.js';
import type { JobTraces } from '../store/job-traces.js';
import type { UploadStore } from '../store/upload-store.js';

const OPTIONS = ['days', 'statuses', 'signal'];
const DAY_MS = 24 * 60 * 60 * 1000;
const MOST_DAYS = 36_500;
/** Small enough for Galera's write sets, and for a claim that waits for a lock. */
const BATCH = 500;
/** Others get a turn between two batches, ms. */
const PAUSE_MS = 100;
/** Uploads that no job has named by then were given up, and files without a row were left behind, ms. */
const LEFT_MS = DAY_MS;

export interface PruneOptions {
  /** Finished longer ago than this; 0: all that are finished. */
  readonly days: number;
  /** Which of the finished ones; all by default. */
  readonly statuses?: readonly TerminalStatus[];
  readonly signal?: AbortSignal;
}

export interface Pruned {
  readonly jobs: number;
  /** Uploads that were never named in a push. */
  readonly uploads: number;
}

/** Removes what is finished long enough, with its files, its log and its items, beside live work. */
export class Pruning {
  constructor(
    private readonly history: History,
    private readonly uploads: UploadStore,
    private readonly traces: JobTraces,
    private readonly ends: Ends,
  ) {}

  /** Throws InvalidInputError, and the signal's reason between two batches. */
  async prune(options: PruneOptions): Promise<Pruned> {
    const { days, statuses = TERMINAL_STATUSES, signal } = options;
    // A misspelt "statuses" would remove all.
    checkKeys(options, OPTIONS, 'is no option of pruning');
    if (!(Number.isFinite(days) && days >= 0 && days <= MOST_DAYS)) {
      throw new InvalidInputError('days', `must be a number from 0 to ${MOST_DAYS}.`);
    }
    const unknown = statuses.filter((status) => !TERMINAL_STATUSES.includes(status));
    if (unknown.length > 0) {
      throw new InvalidInputError(
        'statuses',
        `must be of ${TERMINAL_STATUSES.join(', ')}: only finished jobs are pruned.`,
      );
    }
    let jobs = 0;
    for (const status of statuses) jobs += await this.#pruneStatus(Math.round(days * DAY_MS), status, signal);
    await this.#pruneEnds(Math.round(days * DAY_MS), signal);
    await this.#sweep(signal);
    return { jobs, uploads: await this.uploads.removeUnused(LEFT_MS) };
  }

  /**
   * What is left of jobs whose rows are gone: their logs and items; and files, where a worker died between the two, or
   * another program removed the row. Of finished jobs, what slices wrote that were killed.
   */
  async #sweep(signal?: AbortSignal): Promise<void> {
    for await (const ids of this.uploads.ownersOlderThan(LEFT_MS, BATCH)) {
      signal?.throwIfAborted();
      const gone = new Set(await this.history.gone(ids));
      await this.uploads.removeOf([...gone]);
      for (const id of ids) if (!gone.has(id)) await this.#sweepParts(id, signal);
    }
    for await (const ids of this.uploads.ownersOfUploads(LEFT_MS, BATCH)) {
      signal?.throwIfAborted();
      await this.uploads.removeOf(await this.history.gone(ids));
    }
    for await (const numbers of this.traces.orphans(BATCH)) {
      signal?.throwIfAborted();
      await this.traces.removeOf(numbers);
    }
  }

  /** One row at a time: of a job with many slices, the list of parts is long. */
  async #sweepParts(id: string, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const outputs = await this.history.outputsOf(id);
    if (outputs) await this.uploads.removeUnnamed(id, outputs, LEFT_MS);
  }

  async #pruneStatus(ageMs: number, status: TerminalStatus, signal?: AbortSignal): Promise<number> {
    let removed = 0;
    for (;;) {
      signal?.throwIfAborted();
      const batch = await this.history.olderThan(ageMs, status, BATCH);
      // The rows first: a job that is tried again in this moment keeps what it has. What a crash leaves is swept later.
      const gone = await this.history.remove(batch, ageMs, status);
      await this.uploads.removeOf(gone);
      removed += gone.length;
      if (batch.length < BATCH) return removed;
      await sleep(PAUSE_MS, undefined, { signal });
    }
  }

  async #pruneEnds(ageMs: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    while (await this.ends.prune(ageMs, BATCH)) await sleep(PAUSE_MS, undefined, { signal });
  }
}
