import type { JobView } from '../core/http/job-view.js';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `about 3 min left` at `now` (ms); nothing where that is not known, or has passed. */
export function timeLeft({ eta }: Pick<JobView, 'eta'>, now: number): string {
  const seconds = eta === null ? Number.NaN : (Date.parse(eta) - now) / 1000;
  if (!(seconds > 0)) return '';
  if (seconds < 10) return 'a few seconds left';
  if (seconds < 55) return `about ${Math.round(seconds / 5) * 5} s left`;
  if (seconds < 0.9 * HOUR) return `about ${Math.max(1, Math.round(seconds / MINUTE))} min left`;
  if (seconds < 2 * DAY) return `about ${Math.max(1, Math.round(seconds / HOUR))} h left`;
  return `about ${Math.round(seconds / DAY)} days left`;
}
