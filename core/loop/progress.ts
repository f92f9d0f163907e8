import { MOST_WHILE_RUNNING } from '../contracts/bar-limits.js';
import type { Counts } from '../contracts/job.js';
import type { ItemOutcome, NewItem } from '../contracts/job-items.js';

/** What the bar shows for what a job said, and what was wrong with what it said. */
export interface ShownProgress {
  readonly progress: number;
  readonly fault?: string;
}

/** Finite, 0…100 with two decimals, never below `last`, and 100 only for a job that is done. */
export function shownProgress(said: unknown, last: number, done: boolean): ShownProgress {
  if (done) return { progress: 100 };
  if (typeof said !== 'number') return { progress: last, fault: `progress is a ${typeof said} and no number` };
  if (!Number.isFinite(said)) return { progress: last, fault: `progress ${said} is no finite number` };
  const progress = Math.max(last, Math.min(MOST_WHILE_RUNNING, Math.round(said * 100) / 100));
  if (said > 100) return { progress, fault: `progress ${said} is over 100` };
  if (said < last && last - said > 0.01) return { progress, fault: `progress ${said} is below the last, ${last}` };
  return { progress };
}

/** What is shown for the counts that a job said, and what was wrong with them. */
export interface ShownCounts {
  readonly counts: Counts;
  readonly fault?: string;
}

/** Whole numbers from 0, and a total that may be unknown; counts that are none stay as they were. */
export function shownCounts(said: unknown, last: Counts): ShownCounts {
  const { processed, total, failed, skipped } = (said ?? {}) as Partial<Counts>;
  const known = total ?? undefined;
  if (isCount(processed) && isCount(failed) && isCount(skipped) && (known === undefined || isCount(known))) {
    return { counts: { processed, total: known, failed, skipped } };
  }
  return { counts: last, fault: 'the counts are not whole numbers from 0' };
}

/** What a slice's items add to the counts of a service that has left them as they were. */
export function withItems(said: unknown, last: Counts, items: ReadonlyMap<string, NewItem>): unknown {
  if (items.size === 0 || typeof said !== 'object' || said === null) return said;
  const counts = said as Counts;
  const outcomes = [...items.values()].map(({ outcome }) => outcome);
  const number = (wanted: ItemOutcome) => outcomes.filter((outcome) => outcome === wanted).length;
  const raised = (count: 'processed' | 'failed' | 'skipped', more: number) =>
    counts[count] === last[count] ? last[count] + more : counts[count];
  return {
    ...counts,
    processed: raised('processed', outcomes.length),
    failed: raised('failed', number('failed')),
    skipped: raised('skipped', number('skipped')),
  };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
