import type { BootOptions } from 'progress-manager';
import { aborted, type Scripted, type ScriptedProgressManager, script } from '../fixtures/scripted/open-scripted.js';
import { shareScripted } from '../fixtures/scripted/share-scripted.js';

export { aborted, type ScriptedProgressManager, script };

const NOW = '2026-01-01 12:00:00.000';
/** The back of the line for a job of priority 0: five minutes of head start before now. */
export const AT_THE_BACK = '2026-01-01T11:55:00.000Z';
export const MIB = 1024 * 1024;

/** Where outcomes are tried: an empty table, a clock that stands still, and a job that has begun. */
export function outcomeSetup(database: () => Partial<BootOptions>) {
  /** A test may move it. */
  const clock = { now: NOW };
  const share = shareScripted(() => ({ boundNow: () => clock.now, ...database() }));
  return {
    clock,
    open(options?: Partial<BootOptions>): Promise<Scripted> {
      clock.now = NOW;
      return share(options);
    },
  };
}

/** The slice that is carried next: gives back `true` unless it says otherwise. */
export function nextSlice(slice: (service: ScriptedProgressManager) => unknown): void {
  script.slice = (service) => slice(service) ?? true;
}

/** A job that was carried one good slice: offset 1, progress 20, data { at: 1 }. */
export async function begun(scripted: Scripted): Promise<number> {
  const number = await scripted.push();
  nextSlice((service) => {
    service.setOffset(1);
    service.setProgress(20);
    service.setData({ at: 1 });
    service.setMessage('Reading');
  });
  await scripted.loop.tick();
  return number;
}

export function fail(): never {
  throw new Error('on purpose');
}

export function circular(): object {
  const ring: { self?: unknown } = {};
  ring.self = ring;
  return ring;
}

/** So many minutes after the start of every test, as the table writes it. */
export function minutesLater(minutes: number): string {
  return new Date(Date.parse('2026-01-01T12:00:00.000Z') + minutes * 60_000)
    .toISOString()
    .replace('T', ' ')
    .replace('Z', '');
}
