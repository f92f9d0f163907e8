import type { Registry } from '../../contracts/config.js';
import { describeError } from '../../contracts/describe-error.js';
import type { JobStore } from '../../contracts/job-store.js';
import type { Logger } from '../../contracts/logger.js';
import type { RunningJobs } from '../running-jobs.js';
import type { Isolation } from './isolation.js';

export interface LookAheadParts {
  readonly store: JobStore;
  readonly registry: Registry;
  readonly isolation: Isolation;
  readonly running: RunningJobs;
  readonly logger: Logger;
  /** Jobs at once. */
  readonly limit: number;
  readonly leaseMs: number;
}

/**
 * Sees a dead worker before its leases end: a worker that lives renews each of them while more than half is left. The
 * child processes that its jobs will go on in are started meanwhile, so that nobody waits for them when the time has
 * come.
 */
export class LookAhead {
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(private readonly parts: LookAheadParts) {}

  /** Four looks a lease: a quarter of it is left at least when the processes are begun. */
  start(): void {
    this.#timer ??= setInterval(() => {
      this.#looking ??= this.look().finally(() => {
        this.#looking = undefined;
      });
    }, this.parts.leaseMs / 4).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#looking;
  }

  /** Jobs that this worker has no place for are another's to prepare for. */
  async look(): Promise<void> {
    const { store, registry, isolation, running, logger, limit, leaseMs } = this.parts;
    const places = running.free(limit);
    if (places < 1) return;
    try {
      isolation.standBy(await store.runningOut([...registry.types.keys()], leaseMs / 2, places));
    } catch (error) {
      // The loop says it louder, when it is so for claims too.
      logger.debug({ error: describeError(error) }, 'nobody could tell which leases are about to run out');
    }
  }
}
