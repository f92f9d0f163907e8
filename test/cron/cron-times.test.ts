import { describe, expect, test } from 'vitest';
import { CronTimes } from '../../core/cron/cron-times.js';
import { CASES } from './cases.js';
import { randomCron, randomFrom, seeded } from './random-cron.js';

const iso = (time: number | undefined) => (time === undefined ? undefined : new Date(time).toISOString());

describe('the times of a cron expression', () => {
  test('the table has at least 60 cases', () => expect(CASES.length).toBeGreaterThanOrEqual(60));

  test.each(CASES)('%s %s after %s: %s', (timeZone, cron, after, ...expected) => {
    const times = new CronTimes(cron, timeZone);
    const found: (string | undefined)[] = [];
    for (let at: number | undefined = Date.parse(after); found.length < expected.length; ) {
      at = times.next(at as number);
      found.push(iso(at));
    }
    expect(found).toEqual(expected.map((text) => iso(Date.parse(text))));
  });

  test.each(CASES)('%s %s after %s is the latest until the next: %s', (timeZone, cron, _, ...expected) => {
    const times = new CronTimes(cron, timeZone);
    for (const time of expected.map(Date.parse)) {
      expect([iso(times.latest(time)), iso(times.latest(time + 999))]).toEqual([iso(time), iso(time)]);
      const before = times.latest(time - 1) as number;
      expect(before).toBeLessThan(time);
      expect(iso(times.next(before))).toBe(iso(time));
    }
  });
});

/** `CRON_RUNS=100000` for the whole of it, a minute or more. */
const RUNS = Number(process.env.CRON_RUNS ?? 2000);
const ZONES = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC', 'Pacific/Apia'];

test(`of ${RUNS} random expressions, next is later, monotone, and agrees with latest`, { timeout: 600_000 }, () => {
  const random = seeded(20261121);
  let read = 0;
  for (let run = 0; run < RUNS; run++) {
    const [cron, timeZone] = [randomCron(random), randomFrom(random, ZONES)];
    const times = readable(cron, timeZone);
    if (!times) continue;
    read++;
    let at = Date.UTC(2025, 11, 1) + Math.floor(random() * 3 * 366 * 86_400_000);
    for (let step = 0; step < 3; step++) {
      const next = times.next(at);
      const between = at + Math.floor(random() * ((next ?? at) - at));
      const facts = { cron, timeZone, at: iso(at), next: iso(next), between: iso(between) };
      if (next === undefined) break;
      if (!(next > at && next % 1000 === 0)) expect.unreachable(`not later: ${JSON.stringify(facts)}`);
      if (times.next(between) !== next) expect.unreachable(`not monotone: ${JSON.stringify(facts)}`);
      if (times.latest(next) !== next || (times.latest(next - 1) ?? 0) > at)
        expect.unreachable(`latest differs: ${JSON.stringify(facts)}`);
      at = next;
    }
  }
  expect(read).toBeGreaterThan(RUNS * 0.9);
});

/** A random day may be one that never comes. */
function readable(cron: string, timeZone: string): CronTimes | undefined {
  try {
    return new CronTimes(cron, timeZone);
  } catch (error) {
    expect((error as Error).message).toContain('never comes');
    return undefined;
  }
}

test.each([
  ['', 'cannot be read'],
  ['* * * *', 'five'],
  ['60 * * * *', 'minute'],
  ['* * 0 * *', 'day'],
  ['*/0 * * * *', 'stepping'],
  ['0 3 * * * * 2030', 'five'],
  ['@reboot', 'not supported'],
  ['2030-01-01T00:00:00', 'no cron expression'],
  ['0 0 30 2 *', 'never comes'],
  ['0 0 31 4,6,9,11 *', 'never comes'],
  [`${'0,'.repeat(200)}0 * * * *`, 'no cron expression'],
])('the expression "%s" is refused with what is wrong', (cron, words) => {
  expect(() => new CronTimes(cron, 'UTC')).toThrow(words);
});

test.each(['Europe/Berln', '+02:00', 'GMT+2', '', 'Berlin', 'Europe/Berlin; DROP'])(
  'the zone "%s" is refused',
  (zone) => {
    expect(() => new CronTimes('0 3 * * *', zone)).toThrow(/timeZone ".*" is no time zone\. Write its name/);
  },
);
