import type { BoundNow } from '../store/dialect.js';

/**
 * The database's "now" in a test. It stands still until it is moved, so that run times, pauses before another try,
 * throttles, rates and leases pass at once. Timers of the process (`setTimeout`, the beat) go by real time.
 */
export class TestClock {
  #now: number;

  /** Begins with the given time, or with real time. */
  constructor(start: Date | string = new Date()) {
    this.#now = timeOf(start);
  }

  get now(): Date {
    return new Date(this.#now);
  }

  /** Moves on by so many whole milliseconds. */
  advance(milliseconds: number): void {
    if (!Number.isSafeInteger(milliseconds) || milliseconds < 0) {
      throw new RangeError(`clock.advance: ${milliseconds} is no whole number of milliseconds from 0 on.`);
    }
    this.#now += milliseconds;
  }

  /** Moves on to this time; one that has passed changes nothing. */
  advanceTo(time: Date | string): void {
    this.#now = Math.max(this.#now, timeOf(time));
  }

  /** As the statements of the store say it. */
  readonly bound: BoundNow = () => this.now.toISOString().slice(0, 23).replace('T', ' ');
}

function timeOf(time: Date | string): number {
  const milliseconds = new Date(time).getTime();
  if (Number.isNaN(milliseconds)) throw new RangeError(`The clock cannot stand at "${time}". Give a Date or ISO 8601.`);
  return milliseconds;
}
