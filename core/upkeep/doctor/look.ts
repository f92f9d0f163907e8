import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../../contracts/describe-error.js';
import { isDenied } from '../../store/transient.js';
import { type Finding, ok, warning } from './finding.js';

/** An answer that takes longer is not waited for, ms. */
export const LOOK_MS = 3000;

const LATE = Symbol('late');

/**
 * What a check finds. Never throws, and answers in time: one that fails or takes too long is told as a finding of its
 * name, so that the others are told too. What the user has no right to look at is no fault.
 */
export async function look(
  name: string,
  check: () => Promise<Finding | readonly Finding[]>,
  withinMs = LOOK_MS,
): Promise<readonly Finding[]> {
  const timer = new AbortController();
  try {
    const late = sleep(withinMs, LATE, { signal: timer.signal });
    late.catch(() => undefined);
    const found = await Promise.race([check(), late]);
    if (found === LATE) return [notSeen(name, `there was no answer within ${withinMs / 1000} s`)];
    return [found].flat() as readonly Finding[];
  } catch (error) {
    if (isDenied(error)) return [ok(name, 'It could not be looked at: the database user has no right to.')];
    return [notSeen(name, describeError(error).replace(/\.$/, ''))];
  } finally {
    timer.abort();
  }
}

function notSeen(name: string, why: string): Finding {
  return warning(name, `It could not be looked at: ${why}.`, 'Mend what else is told here, and run doctor again.');
}
