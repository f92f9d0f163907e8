import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the condition gives something true, and gives it back. Throws after the time-out, saying what it waited for. */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs = 15_000,
): Promise<NonNullable<T>> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > end) throw new Error(`Waited ${timeoutMs} ms in vain for: ${what}`);
    await sleep(10);
  }
}
