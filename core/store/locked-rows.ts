import type { Database } from './database.js';
import { placeholders } from './placeholders.js';
import { isNotUnderstood } from './transient.js';

/**
 * A row that somebody else has locked is left out of claims for so long, ms, at first: mostly that is over in a moment.
 * Each time that it is still locked it is left out for twice as long, and at most for so long.
 */
const FIRST_MS = 1000;
const LONGEST_MS = 10_000;

/** Jobs whose rows somebody else has locked, and that claims leave out for a while, so that they hold up nobody. */
export class LockedRows {
  /** Until when, on the process's monotonic clock, and for how long, ms. */
  readonly #left = new Map<number, { readonly until: number; readonly forMs: number }>();

  constructor(private readonly database: Database) {}

  /** Those that are left out now. */
  get numbers(): number[] {
    const now = performance.now();
    for (const [number, { until }] of this.#left) if (until + LONGEST_MS < now) this.#left.delete(number);
    return [...this.#left].filter(([, { until }]) => until > now).map(([number]) => number);
  }

  /** Leaves this one out from now on. */
  add(number: number): void {
    const before = this.#left.get(number)?.forMs;
    const forMs = before === undefined ? FIRST_MS : Math.min(2 * before, LONGEST_MS);
    this.#left.set(number, { until: performance.now() + forMs, forMs });
  }

  /**
   * Asks which of these jobs are locked in this moment, without waiting for one, and leaves them out from now on. Gives
   * the others. Only for speed: a server that knows no such question says that all are free, and excludes nobody from
   * anything.
   */
  async sift(numbers: readonly number[]): Promise<number[]> {
    const free = await this.unlocked(numbers);
    for (const number of numbers) if (!free.has(number)) this.add(number);
    return numbers.filter((number) => free.has(number));
  }

  /** Which of them nobody has locked in this moment. */
  async unlocked(numbers: readonly number[]): Promise<ReadonlySet<number>> {
    const { name, byKey, skipLocked } = this.database.dialect;
    // It locks no rows, only the whole.
    if (name === 'sqlite') return new Set(numbers);
    const sql = `SELECT number FROM progress_manager ${byKey} WHERE number IN (${placeholders(numbers)}) ${skipLocked}`;
    try {
      const rows = await this.database.rows<{ number: number | string }>(sql, numbers);
      return new Set(rows.map(({ number }) => Number(number)));
    } catch (error) {
      if (!isNotUnderstood(error)) throw error;
      return new Set(numbers);
    }
  }
}
