import type { ScheduleView } from '../contracts/schedule.js';

/** A schedule as HTTP and the command line answer it: what is unknown is null. */
export function scheduleJson({ inWords, last, error, ...schedule }: ScheduleView) {
  return {
    ...schedule,
    inWords: inWords ?? null,
    last: last ? { ...last, reason: last.reason ?? null, job: last.job ?? null } : null,
    error: error ?? null,
  };
}
