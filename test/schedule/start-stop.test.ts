import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { bootForTests } from '../support/boot-for-tests.js';
import { until as untilWithin } from '../support/until.js';
import { Place } from './place.js';

/** For a busy machine. */
const until: typeof untilWithin = (what, condition) => untilWithin(what, condition, 15_000);

const CONFIG = `export default {
  type: { blink: { run: () => 'done' } },
  schedule: { often: { cron: '* * * * * *', type: 'blink' } },
};
`;

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'pm-schedules-'));
  await mkdir(join(root, 'modules/blink/configs'), { recursive: true });
  await writeFile(join(root, 'modules/blink/configs/progress-manager.ts'), CONFIG);
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('schedules start and stop with the loop, as often as one likes, and their jobs are carried out', async () => {
  await using test = await bootForTests({ root });
  const { app } = test;
  const knex = app.container.get('knex');
  const count = async () => Number((await knex('progress_manager').where('status', 'success').count('* as n'))[0]?.n);
  await sleep(1200);
  expect(await knex('progress_schedule')).toEqual([]);
  for (const jobs of [1, 3]) {
    await app.start();
    await until(`${jobs} jobs`, async () => (await count()) >= jobs);
    await app.stop();
    const ticks = await knex('progress_schedule_tick');
    await sleep(1200);
    expect(await knex('progress_schedule_tick')).toEqual(ticks);
  }
});

test('100 schedules of which none is due cost a statement for ten intervals of the loop', async () => {
  await using place = await Place.open();
  const schedules = Object.fromEntries(
    Array.from({ length: 100 }, (_, index) => [`s${index}`, { cron: '0 3 * * *', type: 'report' }]),
  );
  const worker = await place.worker(schedules);
  await worker.look();
  const statements = [vi.spyOn(worker.database, 'rows'), vi.spyOn(worker.database, 'change')];
  worker.scheduler.start();
  await until('a look', () => statements[0]?.mock.calls.length);
  for (const statement of statements) statement.mockClear();
  const begun = performance.now();
  await sleep(1100);
  const looks = (performance.now() - begun) / (10 * 50);
  await worker.scheduler.stop();
  const counts = statements.map(({ mock }) => mock.calls.length);
  expect(counts[0]).toBeGreaterThan(0);
  expect(counts[0]).toBeLessThanOrEqual(Math.ceil(looks));
  expect(counts[1]).toBe(0);
});

test('a process without schedules asks nothing', async () => {
  await using place = await Place.open();
  const worker = await place.worker({});
  const statement = vi.spyOn(worker.database, 'rows');
  worker.scheduler.start();
  await worker.scheduler.look();
  await sleep(200);
  await worker.scheduler.stop();
  expect(statement).not.toHaveBeenCalled();
});

test('a stop waits for a push no longer than the grace time, and what comes later pushes nothing', async () => {
  await using place = await Place.open();
  let answer = (_: object) => {};
  const slow = new Promise<object>((resolve) => {
    answer = resolve;
  });
  const worker = await place.worker({
    slow: { cron: '0 3 * * *', type: 'prepared', data: () => slow },
    quick: { cron: '0 3 * * *', type: 'report' },
  });
  await worker.look();
  place.at('2026-01-02T03:00Z');
  worker.scheduler.start();
  await until('the quick one', async () => (await place.pushed('quick')).length === 1);
  const begun = performance.now();
  await worker.scheduler.stop();
  expect(performance.now() - begun).toBeLessThan(10_000);
  answer({});
  await sleep(100);
  expect(await place.pushed('slow')).toEqual([]);
  expect(await place.knex('progress_upload')).toEqual([]);
  await (await place.worker({ slow: { cron: '0 3 * * *', type: 'prepared' } })).look();
  expect(await place.pushed('slow')).toEqual(['2026-01-02T03:00']);
});

test('data functions that never answer hold up no other schedule', async () => {
  await using place = await Place.open();
  const never = { cron: '* * * * *', type: 'report', data: () => new Promise<object>(() => undefined) };
  const silent = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`never${index}`, never]));
  const worker = await place.worker({ ...silent, minute: { cron: '* * * * *', type: 'report' } });
  await worker.look();
  worker.scheduler.start();
  for (const minute of ['01', '02', '03']) {
    place.at(`2026-01-01T00:${minute}Z`);
    await until(minute, async () => (await place.pushed('minute')).at(-1) === `2026-01-01T00:${minute}`);
  }
  expect(await place.pushed('never1')).toEqual([]);
  await worker.scheduler.stop();
});

test('what could not be pushed is tried again by its own time, however seldom the scheduler looks', async () => {
  await using place = await Place.open();
  let tries = 0;
  const data = async () => {
    if (++tries === 1) throw new Error('The shop did not answer.');
    return {};
  };
  const worker = await place.worker({ s: { cron: '0 3 * * *', type: 'report', data } }, { intervalMs: 60_000 });
  await worker.look();
  place.at('2026-01-02T03:00Z');
  worker.scheduler.start();
  await until('the second try', async () => (await place.pushed('s')).length === 1);
  await worker.scheduler.stop();
});
