import type { Pace } from '../contracts/job-store.js';

/** A pace as its column holds it: percent, its milliseconds, all milliseconds. At most 60 characters. */
export function paceText({ percent, ms, workMs }: Pace): string {
  return [percent.toPrecision(6), ms, workMs].map((value) => String(Number(value))).join(' ');
}

/** What `paceText` wrote; `undefined` for NULL, and for what somebody wrote by hand. */
export function paceOf(text: unknown): Pace | undefined {
  if (typeof text !== 'string' || text === '') return undefined;
  const [percent = Number.NaN, ms = Number.NaN, workMs = Number.NaN] = text.split(' ').map(Number);
  const isPace = percent >= 0 && ms >= 0 && workMs >= 0 && [percent, ms, workMs].every(Number.isFinite);
  return isPace ? { percent, ms, workMs } : undefined;
}
