import { setTimeout as sleep } from 'node:timers/promises';
import { isOutage, isTransient } from './transient.js';

/** The longest pause between two tries, ms. */
const LONGEST_PAUSE_MS = 2000;

/**
 * Does a guarded write until it is known to stand (what it gives) or to be refused (`undefined`), also when the connection breaks between a commit
 * and its answer. After an outage `stands` looks whether the write came through; if it did not, it is done again, for
 * `patienceMs` at most. The guard lets only one of the tries through, so that a late one harms nothing.
 */
export async function untilCertain<T extends string>(
  write: () => Promise<T | undefined>,
  stands: () => Promise<T | undefined>,
  patienceMs: number,
): Promise<T | undefined> {
  const until = performance.now() + patienceMs;
  for (let tried = 1; ; tried++) {
    try {
      return await (tried === 1 ? write() : writeAgain(write, stands));
    } catch (error) {
      if (!isOutage(error) || isTransient(error) || performance.now() > until) throw error;
      await sleep(Math.random() * Math.min(LONGEST_PAUSE_MS, 50 * 2 ** tried));
    }
  }
}

/** An earlier try may still come through after we looked: then its own rows stand in the way of this one. */
async function writeAgain<T extends string>(
  write: () => Promise<T | undefined>,
  stands: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const before = await stands();
  if (before !== undefined) return before;
  try {
    return (await write()) ?? (await stands());
  } catch (error) {
    const after = isOutage(error) ? undefined : await stands();
    if (after === undefined) throw error;
    return after;
  }
}
