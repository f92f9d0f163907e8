import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../contracts/describe-error.js';
import { isOutage, isRefusal, isTransient } from './transient.js';

/** The longest pause between two tries, ms. */
const LONGEST_PAUSE_MS = 2000;
/** A write that breaks its connection so often, while the database answers others, is itself what breaks it. */
const MOST_BROKEN = 6;

/** A write that no connection survives: a packet that is too large, for example. Not the database's fault. */
export class BreaksConnectionError extends Error {
  override readonly name = 'BreaksConnectionError';

  constructor(cause: unknown) {
    // Not as the cause: that would be taken for an outage, which asks for the same work again.
    super(
      `The connection broke ${MOST_BROKEN} times under this write, while the database answered: ${describeError(cause)}`,
    );
  }
}

/**
 * Does a guarded write until it is known to stand (what it gives) or to be refused (`undefined`), also when the
 * connection breaks between a commit and its answer. After an outage `stands` looks whether the write came through; if
 * it did not, it is done again, for `patienceMs` at most. The guard lets only one of the tries through. `wasTried`: the
 * first try was somebody else's, and its answer was lost.
 */
export async function untilCertain<T extends string>(
  write: (isRepeat: boolean) => Promise<T | undefined>,
  stands: () => Promise<T | undefined>,
  patienceMs: number,
  wasTried = false,
): Promise<T | undefined> {
  const until = performance.now() + patienceMs;
  let broken = 0;
  for (let tried = 1; ; tried++) {
    let answers = false;
    try {
      if (tried === 1 && !wasTried) return await write(false);
      const before = await stands();
      if (before !== undefined) return before;
      answers = true;
      return (await write(true)) ?? (await stands());
    } catch (error) {
      if (!isOutage(error) || isTransient(error) || performance.now() > until) throw error;
      // A server that takes no writes just now, or has no room, says so to every write.
      if (answers && !isRefusal(error)) broken++;
      if (broken === MOST_BROKEN) throw new BreaksConnectionError(error);
      await sleep(Math.random() * Math.min(LONGEST_PAUSE_MS, 50 * 2 ** tried));
    }
  }
}

/**
 * Sends a guarded statement again after an outage, for `patienceMs` at most: a try whose answer was lost makes the next
 * one find nothing to do. Gives how many rows the last one changed, and whether answers were lost before it.
 */
export async function throughOutages(
  send: () => Promise<number>,
  patienceMs: number,
): Promise<{ readonly changed: number; readonly isRepeat: boolean }> {
  const until = performance.now() + patienceMs;
  for (let tried = 1; ; tried++) {
    try {
      return { changed: await send(), isRepeat: tried > 1 };
    } catch (error) {
      if (!isOutage(error) || isTransient(error) || performance.now() > until) throw error;
      await sleep(Math.random() * Math.min(LONGEST_PAUSE_MS, 50 * 2 ** tried));
    }
  }
}
