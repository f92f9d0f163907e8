import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidInputError, JobNotFoundError, WaitTimeoutError } from '../contracts/errors.js';
import type { Job } from '../contracts/job.js';
import type { JobRef } from '../contracts/job-store.js';
import { isTerminal } from '../contracts/status.js';
import { checkKeys } from '../registry/check-keys.js';
import { isOutage } from '../store/transient.js';
import { FewAtOnce } from './few-at-once.js';
import type { JobWaits } from './job-waits.js';

/** How long a wait lasts. */
export interface WaitLimits {
  /** Milliseconds; without it a wait lasts until the jobs have ended. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

/** Gives a job as it is now, where the caller may see it. */
export type Look = (ref: JobRef) => Promise<Job | undefined>;

const OPTIONS = ['timeout', 'signal', 'user'];
/** Jobs that are read at once, of all waits of this process. */
const LOOKS_AT_ONCE = 8;
/** Before a database that was away is asked again, ms. */
const AGAIN_MS = 250;

/** Waits for the ends of several jobs, each in whatever way. */
export class WaitForAll {
  readonly #looks = new FewAtOnce(LOOKS_AT_ONCE);

  constructor(private readonly waits: JobWaits) {}

  /**
   * The jobs as they ended, in the order of `refs`. Throws WaitTimeoutError, the signal's reason, JobNotFoundError at
   * once for a job that is not there, and for one that is removed meanwhile when all others have ended.
   */
  async ended(refs: readonly JobRef[], look: Look, { timeout, signal }: WaitLimits): Promise<readonly Job[]> {
    signal?.throwIfAborted();
    const jobs = await Promise.all(refs.map((ref) => this.#existing(ref, look)));
    const unfinished = new Set(jobs.filter(({ status }) => !isTerminal(status)).map(({ id }) => id));
    const stop = new AbortController();
    // One listener per job; the controller lives no longer than the wait.
    setMaxListeners(0, stop.signal);
    signal?.throwIfAborted();
    const late = () => stop.abort(new WaitTimeoutError([...unfinished], timeout ?? 0));
    const timer = timeout === undefined ? undefined : setTimeout(late, timeout);
    const giveUp = () => stop.abort(signal?.reason);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      const ended = await Promise.all(
        jobs.map(async (job) => {
          const end = await this.#end(job, look, stop.signal);
          unfinished.delete(job.id);
          return end;
        }),
      );
      return withoutGone(ended, refs);
    } finally {
      clearTimeout(timer);
      // By hand: a removal that hangs on another signal may be collected before it is done.
      signal?.removeEventListener('abort', giveUp);
      stop.abort();
    }
  }

  async #existing(ref: JobRef, look: Look): Promise<Job> {
    const job = await this.#looks.run(() => look(ref));
    if (!job) throw new JobNotFoundError(ref);
    return job;
  }

  /** `undefined`: it was removed. A job that somebody let try again in between is waited for anew. */
  async #end(job: Job, look: Look, signal: AbortSignal): Promise<Job | undefined> {
    let seen: Job | undefined = job;
    while (seen && !isTerminal(seen.status)) {
      await this.waits.ended(job.id, signal);
      seen = await this.#lookAgain(job.number, look, signal);
    }
    return seen;
  }

  /** The job has ended: a database that is away just then must not lose that. */
  async #lookAgain(number: number, look: Look, signal: AbortSignal): Promise<Job | undefined> {
    for (;;) {
      try {
        return await this.#looks.run(() => look(number));
      } catch (error) {
        if (!isOutage(error)) throw error;
        signal.throwIfAborted();
        await sleep(AGAIN_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  }
}

function withoutGone(ended: readonly (Job | undefined)[], refs: readonly JobRef[]): readonly Job[] {
  const others = ended.filter((job) => job !== undefined);
  if (others.length === ended.length) return others;
  throw new JobNotFoundError(refs[ended.indexOf(undefined)] as JobRef, others);
}

/** Throws InvalidInputError for what cannot be; a misspelt option would be a wait without an end. */
export function checkWaitOptions(options: WaitLimits): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new InvalidInputError('options', 'must be an object, for example { timeout: 60_000 }.');
  checkKeys(options, OPTIONS, 'is no option of a wait');
  const { timeout, signal } = options;
  // A timer of Node's holds 2^31 − 1 ms, about 24 days.
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 0 && timeout < 2 ** 31))
    throw new InvalidInputError('timeout', 'must be 0 to 2147483647 ms.');
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw new InvalidInputError('signal', 'must be an AbortSignal; an AbortController has one as its "signal".');
}
