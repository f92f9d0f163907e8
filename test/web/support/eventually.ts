import { expect } from 'vitest';

const LIMIT_MS = 15_000;

/** Asks until the expectation holds, for 15 s at most: `await eventually(() => visit.percent('A')).toBe(40)`. */
export function eventually<T>(ask: () => T) {
  return expect.poll(ask, { timeout: LIMIT_MS, interval: 50 });
}
