import { expect, test } from 'vitest';
import { randomFrom, seeded } from '../cron/random-cron.js';
import { Place, type Schedules } from './place.js';
import { yearOfMinutes } from './year-of-minutes.js';

const YEAR = 2028;
const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'];
const WORKERS = 20;

/** The two changes of the clock come at 1, 2 and 3 on Sundays of March, April, October and November. */
const CRONS = [
  '30 2 * 3,4,10,11 *',
  '0 2 * * 0',
  '15 2 * * 0',
  '30 1 * * 0',
  '45 1 * 3,4,10,11 0',
  '0 3 * 3,4,10,11 0',
  '*/15 2 * 3,4,10,11 0',
  '*/30 0-3 * 3,10 0',
  '20 2 * 4,10 *',
  '0 1 * 11 1-5',
  '0 9 * 1 1-5',
  '0 0 1 * *',
  '0 0 31 * *',
  '0 0 29 2 *',
  '0 12 13 * 5',
  '59 23 31 12 *',
  '0 0 1 1 *',
  '0 6 1-7 * *',
  '0 */6 * 10 0,3',
  '5 4 28-31 2,3,4 *',
];
/** `YEAR=long`: more than 100,000 runs, many minutes. */
const OFTEN = ['0 * * * *', '*/30 * * * *', '15 */3 * * *'];
const isLong = process.env.YEAR === 'long';
/** Of runs that were missed the newest 100 count: a step must not hold more of the most frequent ones. */
const MOST_DAYS = isLong ? 1.5 : 4;

/** F-25: every run of a year is pushed once, whoever looks whenever. */
export function yearSuite(url: () => string | undefined): void {
  test(`20 schedulers and 100 schedules lose and double no run of a year`, { timeout: 3_600_000 }, async () => {
    await using place = await Place.open(url());
    const schedules: Record<string, Schedules[string]> = {};
    const expected = new Map<string, string[]>();
    for (const timeZone of ZONES) {
      const year = yearOfMinutes(YEAR, timeZone);
      for (const [index, cron] of (isLong ? [...OFTEN, ...CRONS.slice(OFTEN.length)] : CRONS).entries()) {
        const key = `${timeZone.replace('/', '.')}.${index}`;
        schedules[key] = { cron, timeZone, type: 'report', missed: 'all' };
        expected.set(key, year.ticksOf(cron));
      }
    }
    expect(expected.size).toBe(100);
    place.now = Date.UTC(YEAR, 0, 1);
    const workers = await Promise.all(Array.from({ length: WORKERS }, () => place.worker(schedules)));
    await workers[0]?.look();

    const random = seeded(YEAR);
    const end = Date.UTC(YEAR + 1, 0, 1) - 1;
    while (place.now < end) {
      // From a few minutes to days; now and then in the very second of a run.
      place.now = Math.min(end, place.now + Math.ceil(random() ** 2 * MOST_DAYS * 1440) * 60_000);
      await Promise.all(Array.from({ length: 3 }, () => randomFrom(random, workers).look()));
    }
    await Promise.all(workers.map(({ look }) => look()));

    const ids = new Set<string | null>();
    for (const [key, times] of expected) {
      const ticks = await place.ticks(key);
      expect(
        ticks.map(({ tick }) => tick),
        `${key} ${schedules[key]?.cron}`,
      ).toEqual(times);
      for (const { job_id } of ticks) ids.add(job_id);
    }
    const count = [...expected.values()].reduce((sum, times) => sum + times.length, 0);
    expect(count).toBeGreaterThan(isLong ? 100_000 : 3000);
    const jobs = await place.knex('progress_manager').pluck('id');
    expect(jobs).toHaveLength(count);
    expect(ids).toEqual(new Set(jobs));
  });
}
