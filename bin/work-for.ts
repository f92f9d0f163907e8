import { setTimeout as sleep } from 'node:timers/promises';
import type { CommandContext } from './command-context.js';
import { openApp } from './open-app.js';
import { keepAliveThroughStrayErrors } from './stray-errors.js';
import { hearSignal } from './until-stopped.js';

/**
 * Carries jobs forward for so long, ms, or until a signal; then begins nothing more, and ends when each slice that runs
 * has ended by itself. A second signal ends the process at once, with 1.
 */
export async function workFor(context: CommandContext, milliseconds: number): Promise<void> {
  using signal = hearSignal();
  await using app = await openApp(context, { migrate: true });
  using _kept = keepAliveThroughStrayErrors(app);
  if (!signal.isHeard) await app.start();
  // Not waited for after a signal: it must not keep the process.
  await Promise.race([signal.heard, sleep(milliseconds, undefined, { ref: false })]);
  await app.drain();
}
