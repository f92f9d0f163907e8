import type { Pace } from '../contracts/job-store.js';

/** A pace as its column holds it: percent, its milliseconds, all milliseconds. At most 60 characters. */
export function paceText({ percent, ms, workMs }: Pace): string {
  return [percent.toPrecision(6), ms, workMs].map((value) => String(Number(value))).join(' ');
}

/** What `paceText` wrote; `undefined` for NULL, and for a text that somebody wrote by hand. */
export function paceOf(text: string | null): Pace | undefined {
  const [percent = Number.NaN, ms = Number.NaN, workMs = Number.NaN] = (text ?? '').split(' ').map(Number);
  const isPace = percent >= 0 && ms >= 0 && workMs >= 0 && [percent, ms, workMs].every(Number.isFinite);
  return text && isPace ? { percent, ms, workMs } : undefined;
}
