import { setTimeout as sleep } from 'node:timers/promises';
import { InvalidInputError } from '../core/contracts/errors.js';
import type { CommandContext } from './command-context.js';
import { openApp } from './open-app.js';
import { keepAliveThroughStrayErrors } from './stray-errors.js';
import { hearSignal } from './until-stopped.js';

/** A day: a timer of Node's holds no more than 24. */
const MOST_SECONDS = 24 * 60 * 60;

/**
 * Carries jobs forward for so long, ms, or until a signal; then begins nothing more, and ends when each slice that runs
 * has ended by itself. A second signal ends the process at once, with 1. Throws InvalidInputError that names the option
 * which says how long, for nothing and for more than a day.
 */
export async function workFor(context: CommandContext, milliseconds: number, option: string): Promise<void> {
  if (!(milliseconds > 0 && milliseconds <= MOST_SECONDS * 1000))
    throw new InvalidInputError(option, `must be from 1 to ${MOST_SECONDS} seconds.`);
  using signal = hearSignal();
  await using app = await openApp(context, { migrate: true });
  using _kept = keepAliveThroughStrayErrors(app);
  if (!signal.isHeard) await app.start();
  // Not waited for after a signal: it must not keep the process.
  await Promise.race([signal.heard, sleep(milliseconds, undefined, { ref: false })]);
  await app.drain();
}
