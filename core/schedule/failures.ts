import { ProgressManagerError, RefusedError } from '../contracts/errors.js';

/** How long a schedule that cannot push tries before its runs are given up, ms. */
const PATIENCE_MS = 10 * 60_000;
const LONGEST_PAUSE_MS = 60_000;

interface Failure {
  readonly since: number;
  readonly tries: number;
  /** Not before; both by this process's monotonic clock. */
  readonly again: number;
}

/** Which schedules of this process cannot push just now, and when each is worth another try. */
export class Failures {
  readonly #failing = new Map<string, Failure>();

  /** Is it too early to try this one again? */
  rests(key: string): boolean {
    return (this.#failing.get(key)?.again ?? 0) > performance.now();
  }

  /** Milliseconds until the next try of any that rests; Infinity when none does. */
  get untilNext(): number {
    const now = performance.now();
    return Math.min(...[...this.#failing.values()].map(({ again }) => (again > now ? again - now : Infinity)));
  }

  /**
   * Counts a failure: 1 s, 2 s, 4 s … 60 s until the next try. `false`: this run is not worth one. The next run is, and
   * at once; once for each as long as nothing comes through.
   */
  add(key: string, error: unknown): boolean {
    if (isFinal(error)) {
      this.clear(key);
      return false;
    }
    const now = performance.now();
    const { since, tries } = this.#failing.get(key) ?? { since: now, tries: 0 };
    const isPatient = now - since < PATIENCE_MS;
    const again = isPatient ? now + Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** tries) : 0;
    this.#failing.set(key, { since, tries: tries + 1, again });
    return isPatient;
  }

  /** Nothing can be said of it just now. */
  rest(key: string): void {
    const now = performance.now();
    const { since, tries } = this.#failing.get(key) ?? { since: now, tries: 0 };
    this.#failing.set(key, { since, tries, again: now + LONGEST_PAUSE_MS / 12 });
  }

  /** It works. */
  clear(key: string): void {
    this.#failing.delete(key);
  }
}

/** The same push would be refused again. A type that this worker lacks may be another's. */
function isFinal(error: unknown): boolean {
  if (error instanceof RefusedError && error.code === 'unknown_type') return false;
  return error instanceof ProgressManagerError && error.status < 500;
}
