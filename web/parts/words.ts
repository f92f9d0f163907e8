const numbers = new Intl.NumberFormat('en');
const moments = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const starts = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
const days = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium' });
const clocks = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short' });

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** 171075 → "171,075". */
export function count(value: number): string {
  return numbers.format(value);
}

/** 48.9 → "48 %": rounded down, so that "100 %" is said only at the end. */
export function percent(value: number): string {
  return `${Math.floor(value)}\u00a0%`;
}

/** Bytes → "1.2 MB", "12 MB". */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes}\u00a0bytes`;
  const power = Math.min(3, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)}\u00a0${['', 'kB', 'MB', 'GB'][power]}`;
}

/** A moment in the past, relative to `now` (milliseconds): "2 min ago", after a week its date. */
export function ago(moment: string, now: number): string {
  const seconds = (now - Date.parse(moment)) / 1000;
  if (seconds < MINUTE) return 'just now';
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ago`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h ago`;
  const whole = Math.floor(seconds / DAY);
  return whole < 7 ? `${whole} ${whole === 1 ? 'day' : 'days'} ago` : days.format(new Date(moment));
}

/** How long until a moment: "about 40 s left"; `undefined` once it has passed. */
export function left(moment: string, now: number): string | undefined {
  const seconds = (Date.parse(moment) - now) / 1000;
  if (!(seconds > 0)) return undefined;
  if (seconds < 10) return 'a few seconds left';
  if (seconds < 55) return `about ${Math.round(seconds / 5) * 5} s left`;
  if (seconds < 0.9 * HOUR) return `about ${Math.max(1, Math.round(seconds / MINUTE))} min left`;
  if (seconds < 2 * DAY) return `about ${Math.max(1, Math.round(seconds / HOUR))} h left`;
  return `about ${Math.round(seconds / DAY)} days left`;
}

/** When a job is to start: "14:05" today, "1 Jan 2030, 14:05" on other days. */
export function startOf(moment: string, now: number): string {
  const date = new Date(moment);
  const isToday = date.toDateString() === new Date(now).toDateString();
  return isToday ? clocks.format(date) : starts.format(date);
}

/** The exact moment in the reader's own time zone. */
export function exact(moment: string): string {
  return moments.format(new Date(moment));
}
