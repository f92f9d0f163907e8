const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Clocks are changed at full, half or quarter hours. */
const QUARTER_MS = 15 * MINUTE_MS;

/**
 * What ticks a year has, found without any of the code under test: all through the year the clock on the wall is asked
 * what it shows, and every day of the calendar whether an expression names it.
 */
export interface YearOfMinutes {
  /** First instants of an expression's minutes, as `2028-03-26T01:00`, without doubles. */
  ticksOf(cron: string): string[];
}

/** Expressions of numbers, `*`, lists, ranges and steps; both days narrowed: either is enough. */
export function yearOfMinutes(year: number, timeZone: string): YearOfMinutes {
  const [begin, end] = [Date.UTC(year, 0, 1), Date.UTC(year + 1, 0, 1)];
  const firstShown = walk(begin, end, timeZone);
  return {
    ticksOf: (cron) => {
      const instants = new Set<number>();
      for (let day = begin - DAY_MS; day <= end; day += DAY_MS) {
        for (const wall of wallsOf(cron, day)) {
          const instant = firstShown.get(wall);
          if (instant !== undefined && instant > begin && instant < end) instants.add(instant);
        }
      }
      return [...instants].sort((a, b) => a - b).map((instant) => new Date(instant).toISOString().slice(0, 16));
    },
  };
}

/** Every minute of the calendar, with the instant at which it is first shown, or leapt over. */
function walk(begin: number, end: number, timeZone: string): ReadonlyMap<number, number> {
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' });
  const shown = (instant: number) => Date.parse(`${clock.format(instant).replace(' ', 'T')}Z`);
  const firstShown = new Map<number, number>();
  let last = shown(begin - QUARTER_MS) + QUARTER_MS - MINUTE_MS;
  for (let quarter = begin; quarter < end; quarter += QUARTER_MS) {
    const wall = shown(quarter);
    for (let each = last + MINUTE_MS; each < wall; each += MINUTE_MS) firstShown.set(each, quarter);
    for (let minute = 0; minute < QUARTER_MS; minute += MINUTE_MS) {
      if (wall + minute > last) firstShown.set(wall + minute, quarter + minute);
    }
    last = Math.max(last, wall + QUARTER_MS - MINUTE_MS);
  }
  return firstShown;
}

/** The minutes of a day of the calendar that an expression names. */
function wallsOf(cron: string, day: number): number[] {
  const fields = cron.split(' ');
  const [minutes, hours, days, months, weekdays] = fields.map(valuesOf) as [Values, Values, Values, Values, Values];
  const date = new Date(day);
  const [isDay, isWeekday] = [days.includes(date.getUTCDate()), weekdays.includes(date.getUTCDay())];
  const areBothNarrowed = fields[2] !== '*' && fields[4] !== '*';
  if (!months.includes(date.getUTCMonth() + 1)) return [];
  if (!(areBothNarrowed ? isDay || isWeekday : isDay && isWeekday)) return [];
  const within = (values: Values, length: number) => values.filter((value) => value < length);
  return within(hours, 24).flatMap((hour) =>
    within(minutes, 60).map((minute) => day + (hour * 60 + minute) * MINUTE_MS),
  );
}

type Values = readonly number[];

function valuesOf(field: string): Values {
  return field.split(',').flatMap((part) => {
    const [range = '', step = '1'] = part.split('/');
    const [from = '0', to = from] = range === '*' ? ['0', '59'] : range.split('-');
    const length = Math.floor((Number(to) - Number(from)) / Number(step)) + 1;
    return Array.from({ length }, (_, index) => Number(from) + index * Number(step));
  });
}
