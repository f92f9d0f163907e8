import type { Database } from './database.js';
import { placeholders } from './placeholders.js';

/** A row that somebody else has locked is left out of claims for so long, ms: it must not hold up the others. */
const AVOIDED_MS = 10_000;

/** Jobs whose rows somebody else has locked, and that claims leave out for a while. */
export class LockedRows {
  /** Until when, on the process's monotonic clock, ms. */
  readonly #until = new Map<number, number>();

  constructor(private readonly database: Database) {}

  /** Those that are left out now. */
  get numbers(): number[] {
    const now = performance.now();
    for (const [number, until] of this.#until) if (until < now) this.#until.delete(number);
    return [...this.#until.keys()];
  }

  add(number: number): void {
    this.#until.set(number, performance.now() + AVOIDED_MS);
  }

  /**
   * Asks which of these jobs are locked in this moment, without waiting for one, and leaves them out from now on. Gives
   * the others. Only for speed: a server that skips none says that all are free, and excludes nobody from anything.
   */
  async sift(numbers: readonly number[]): Promise<number[]> {
    const { byKey, skipLocked } = this.database.dialect;
    const rows = await this.database.rows<{ number: number | string }>(
      `SELECT number FROM progress_manager ${byKey} WHERE number IN (${placeholders(numbers)}) ${skipLocked}`,
      numbers,
    );
    const free = new Set(rows.map(({ number }) => Number(number)));
    for (const number of numbers) if (!free.has(number)) this.add(number);
    return numbers.filter((number) => free.has(number));
  }
}
