import type { MissedPolicy } from '../contracts/schedule.js';
import type { CronTimes } from '../cron/cron-times.js';

/** A worker that is busy or begins anew comes late, and has missed nothing, ms. */
const IN_TIME_MS = 60_000;
/** Runs that `all` makes up for at most, the newest. */
const MOST_MISSED = 100;

/** One run to be decided: pushed, or let pass. `time` in milliseconds since 1970. */
export interface DueRun {
  readonly time: number;
  readonly isPushed: boolean;
}

/** The runs after `decidedUntil` and up to `now` that are to be decided, the oldest first. Empty: nothing is due. */
export function dueRuns(
  times: CronTimes,
  missed: MissedPolicy,
  { decidedUntil, now }: { readonly decidedUntil: number; readonly now: number },
): readonly DueRun[] {
  const first = times.next(decidedUntil);
  if (first === undefined || first > now) return [];
  const lastMissed = now - IN_TIME_MS;
  const inTime = inTimeRuns(times, Math.max(decidedUntil, lastMissed), now);
  if (missed === 'all') return [...missedRuns(times, decidedUntil, lastMissed), ...inTime];
  const newest = inTime.length === 0 ? times.latest(lastMissed) : undefined;
  if (newest === undefined || newest <= decidedUntil) return inTime;
  return [{ time: newest, isPushed: missed === 'latest' }];
}

function inTimeRuns(times: CronTimes, after: number, upTo: number): DueRun[] {
  const runs: DueRun[] = [];
  for (let time = times.next(after); time !== undefined && time <= upTo; time = times.next(time)) {
    runs.push({ time, isPushed: true });
  }
  return runs;
}

/** From the newest back: after years there may be millions, of which the last few count. */
function missedRuns(times: CronTimes, after: number, upTo: number): DueRun[] {
  const runs: DueRun[] = [];
  let time = times.latest(upTo);
  while (time !== undefined && time > after && runs.length < MOST_MISSED) {
    runs.unshift({ time, isPushed: true });
    time = times.latest(time - 1000);
  }
  return runs;
}
