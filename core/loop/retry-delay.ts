import type { RetryPolicy } from '../contracts/config.js';

const FIRST_MS = 1000;
const MOST_MS = 60 * 60 * 1000;

/**
 * How long to wait before another try, ms: twice as long after each, and drawn from the upper half of that, so that
 * what failed together does not come back together. `triesUsed`: how many there were before.
 */
export function retryDelay(
  triesUsed: number,
  { firstMs = FIRST_MS, mostMs = MOST_MS }: NonNullable<RetryPolicy['backoff']> = {},
  random: () => number = Math.random,
): number {
  const full = Math.min(mostMs, firstMs * 2 ** Math.min(triesUsed, 40));
  return Math.round(full * (0.5 + random() / 2));
}
