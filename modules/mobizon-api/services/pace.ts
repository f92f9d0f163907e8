import { ConfigurationError } from 'progress-manager';

/** Clients poll once a second; so many calls may come at once, because none of them keeps time exactly. */
const AT_ONCE = 5;
/** Callers whose last call is long ago are forgotten from time to time. */
const REMEMBERED = 10_000;

interface Bucket {
  readonly left: number;
  /** On the monotonic clock, ms. */
  readonly at: number;
}

/** How fast each caller may use each method: a bucket of calls that fills up again at a steady rate. */
export class Pace {
  readonly #buckets = new Map<string, Bucket>();

  /** `perSecond` 0: as fast as they like. */
  constructor(
    private readonly perSecond: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Seconds until this caller may use this method again; 0: now, and the call is counted. */
  wait(caller: string, method: string): number {
    if (this.perSecond === 0) return 0;
    const key = JSON.stringify([caller, method]);
    const at = this.now();
    const left = this.#left(this.#buckets.get(key), at);
    const isAllowed = left >= 1;
    this.#buckets.set(key, { left: isAllowed ? left - 1 : left, at });
    if (this.#buckets.size > REMEMBERED) this.#forgetFull(at);
    return isAllowed ? 0 : (1 - left) / this.perSecond;
  }

  #left(bucket: Bucket | undefined, at: number): number {
    return bucket ? Math.min(AT_ONCE, bucket.left + ((at - bucket.at) / 1000) * this.perSecond) : AT_ONCE;
  }

  #forgetFull(at: number): void {
    for (const [key, bucket] of this.#buckets) if (this.#left(bucket, at) >= AT_ONCE) this.#buckets.delete(key);
  }
}

/** Calls a second of one caller and one method: 1 by default, 0 for no bound. Throws ConfigurationError. */
export function callsPerSecond(setting: string | undefined): number {
  const calls = Number(setting || 1);
  if (Number.isFinite(calls) && calls >= 0 && calls <= 1000) return calls;
  throw new ConfigurationError([`MOBIZON_CALLS_PER_SECOND must be a number from 0 to 1000; it is "${setting}".`]);
}
