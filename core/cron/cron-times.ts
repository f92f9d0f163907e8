import { Cron } from 'croner';
import { Zone } from './zone.js';

const LONGEST_CRON = 255;
const EXAMPLE = "Write five fields – minute, hour, day of the month, month, day of the week – as in '0 3 * * *'";

/**
 * The times of a cron expression in a time zone. croner says which wall times an expression names; when they come is
 * decided here: a time that the clock leaps over comes at the instant of the leap, a time that it shows twice comes the
 * first time only, and several that fall on one instant are one. All are milliseconds since 1970, whole seconds.
 */
export class CronTimes {
  readonly #cron: Cron;
  readonly #zone: Zone;

  /** Throws an Error whose message says what is wrong with the expression or the zone, and what to write. */
  constructor(cron: string, timeZone: string) {
    this.#cron = readCron(cron);
    this.#zone = readZone(timeZone);
    if (this.next(Date.UTC(2000, 0, 1)) === undefined) {
      throw new Error(`cron "${cron}" names a day that never comes. Change its day or its month.`);
    }
  }

  /** The first time after this instant; `undefined`: none before the year 3000. */
  next(after: number): number | undefined {
    const from = this.#zone.firstToCome(after);
    // croner gives what comes after, and we want what comes from there on.
    const wall = this.#cron.nextRun(new Date(from - 1000));
    return wall ? this.#zone.firstInstantOf(wall.getTime()) : undefined;
  }

  /** The last time up to this instant, which may be this instant; `undefined`: none. */
  latest(upTo: number): number | undefined {
    const [wall] = this.#cron.previousRuns(1, new Date(this.#zone.firstToCome(upTo)));
    return wall && this.#zone.firstInstantOf(wall.getTime());
  }
}

function readCron(cron: string): Cron {
  const text = cron.trim();
  // croner takes a date too, as a job that is done once.
  if (text.includes(':') || text.length > LONGEST_CRON) {
    throw new Error(`cron "${text.slice(0, 80)}" is no cron expression. ${EXAMPLE}.`);
  }
  try {
    // Without a zone: its clock never leaps, and leaps are ours to deal with.
    return new Cron(text, { utcOffset: 0, mode: '5-or-6-parts' });
  } catch (cause) {
    const why = (cause as Error).message.replace(/^CronPattern: /, '').replace(/\.$/, '');
    throw new Error(`cron "${text}" cannot be read: ${why}. ${EXAMPLE}; a sixth in front of them is for seconds.`, {
      cause,
    });
  }
}

function readZone(timeZone: string): Zone {
  try {
    return new Zone(timeZone);
  } catch (cause) {
    throw new Error(
      `timeZone "${timeZone.slice(0, 80)}" is no time zone. Write its name in the IANA database, for example 'Europe/Berlin' or 'UTC'.`,
      { cause },
    );
  }
}
