import { type Finding, ok, warning } from './finding.js';

const MOST_APART_MS = 5000;

/** Whose clock is ahead. Leases and times of jobs are of the database's clock alone: safety does not rest on ours. */
export function judgeClock(database: Date, here: Date): Finding {
  const apart = database.getTime() - here.getTime();
  if (Math.abs(apart) <= MOST_APART_MS) return ok('clock', 'This machine and the database agree about the time.');
  const seconds = Math.round(Math.abs(apart) / 1000);
  return warning(
    'clock',
    `The database's clock is ${seconds} s ${apart > 0 ? 'ahead of' : 'behind'} this machine's: times that are shown are off by that.`,
    'Let both machines set their clocks by NTP.',
  );
}
