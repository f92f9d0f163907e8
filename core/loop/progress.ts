/** What a running job may show at most: 100 is kept for success. */
const MOST_WHILE_RUNNING = 99.99;

/** What the bar shows for what a job said, and what was wrong with what it said. */
export interface ShownProgress {
  readonly progress: number;
  readonly fault?: string;
}

/** Finite, 0…100 with two decimals, never below `last`, and 100 only for a job that is done. */
export function shownProgress(said: unknown, last: number, done: boolean): ShownProgress {
  if (done) return { progress: 100 };
  if (typeof said !== 'number' || !Number.isFinite(said)) return { progress: last, fault: `progress ${String(said)} is no finite number` };
  const progress = Math.max(last, Math.min(MOST_WHILE_RUNNING, Math.round(said * 100) / 100));
  if (said > 100) return { progress, fault: `progress ${said} is over 100` };
  if (said < last && last - said > 0.01) return { progress, fault: `progress ${said} is below the last, ${last}` };
  return { progress };
}
