/**
 * What ticks a year has, found without any of the code under test: every minute of the year is asked what the clock on
 * the wall shows then, and every minute of the calendar whether an expression names it.
 */
export interface YearOfMinutes {
  /** First instants of an expression's minutes, as `2028-03-26T01:00`, without doubles. */
  ticksOf(cron: string): string[];
}

const MINUTE_MS = 60_000;

/** A minute of the calendar. */
interface Minute {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  readonly weekday: number;
  /** When it is first shown, or leapt over. */
  readonly instant: number;
}

/** Expressions of numbers, `*`, lists, ranges and steps; both days narrowed: either is enough. */
export function yearOfMinutes(year: number, timeZone: string): YearOfMinutes {
  const [begin, end] = [Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1)];
  const firstShown = walk(begin, end, timeZone);
  return {
    ticksOf: (cron) => {
      const fits = matcher(cron);
      const instants = new Set<number>();
      for (const minute of firstShown) {
        if (minute.instant > begin && minute.instant < end && fits(minute)) instants.add(minute.instant);
      }
      return [...instants].sort((a, b) => a - b).map((instant) => new Date(instant).toISOString().slice(0, 16));
    },
  };
}

function walk(begin: number, end: number, timeZone: string): Minute[] {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  const shown = (instant: number) => Date.parse(`${clock.format(instant).replace(' ', 'T')}Z`);
  const firstShown: Minute[] = [];
  let last = shown(begin - MINUTE_MS);
  for (let instant = begin; instant < end; instant += MINUTE_MS) {
    const wall = shown(instant);
    for (let each = last + MINUTE_MS; each <= wall; each += MINUTE_MS)
      firstShown.push(minuteOf(new Date(each), instant));
    last = Math.max(last, wall);
  }
  return firstShown;
}

function minuteOf(wall: Date, instant: number): Minute {
  return {
    ...{ minute: wall.getUTCMinutes(), hour: wall.getUTCHours(), day: wall.getUTCDate(), instant },
    ...{ month: wall.getUTCMonth() + 1, weekday: wall.getUTCDay() },
  };
}

function matcher(cron: string): (at: Minute) => boolean {
  const fields = cron.split(' ');
  const [minutes, hours, days, months, weekdays] = fields.map(valuesOf) as [Values, Values, Values, Values, Values];
  const areBothNarrowed = fields[2] !== '*' && fields[4] !== '*';
  return ({ minute, hour, day, month, weekday }) => {
    if (!minutes.has(minute) || !hours.has(hour) || !months.has(month)) return false;
    const [isDay, isWeekday] = [days.has(day), weekdays.has(weekday)];
    return areBothNarrowed ? isDay || isWeekday : isDay && isWeekday;
  };
}

type Values = ReadonlySet<number>;

function valuesOf(field: string): Values {
  const values = field.split(',').flatMap((part) => {
    const [range = '', step = '1'] = part.split('/');
    const [from = '0', to = from] = range === '*' ? ['0', '59'] : range.split('-');
    const length = Math.floor((Number(to) - Number(from)) / Number(step)) + 1;
    return Array.from({ length }, (_, index) => Number(from) + index * Number(step));
  });
  return new Set(values);
}
