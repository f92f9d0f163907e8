import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { aborted, openScripted, type Scripted, script } from '../fixtures/scripted/open-scripted.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database[Symbol.asyncDispose]());

/** Two workers that know of each other only through the table. */
async function openTwo(options = {}): Promise<AsyncDisposable & { readonly one: Scripted; readonly two: Scripted }> {
  const one = await openScripted({ databaseUrl: database.url, ...options });
  const two = await openScripted({ databaseUrl: database.url, migrate: false, ...options });
  await one.knex('progress_manager').del();
  return {
    one,
    two,
    [Symbol.asyncDispose]: async () => {
      await one[Symbol.asyncDispose]();
      await two[Symbol.asyncDispose]();
    },
  };
}

/** How often each job was carried, and how many slices of one job ran at once at most. */
let slices: Map<number, number>;
let mostAtOnce: number;

beforeEach(() => {
  slices = new Map();
  mostAtOnce = 0;
});

function countSlices(until: number): void {
  const running = new Map<number, number>();
  script.slice = async (service, job) => {
    slices.set(job.number, (slices.get(job.number) ?? 0) + 1);
    running.set(job.number, (running.get(job.number) ?? 0) + 1);
    mostAtOnce = Math.max(mostAtOnce, ...running.values());
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
    running.set(job.number, (running.get(job.number) ?? 0) - 1);
    service.advance(job.offset + 1, until);
    return true;
  };
}

test('100 short jobs are each carried exactly once', async () => {
  await using workers = await openTwo({ limit: 5, intervalMs: 5 });
  countSlices(1);
  const jobs = await Promise.all(Array.from({ length: 100 }, () => workers.one.push()));
  await Promise.all([workers.one.app.start(), workers.two.app.start()]);
  const ended = await workers.one.manager.wait(jobs, { timeout: 25_000 });
  expect(ended.filter(({ status }) => status !== 'success')).toEqual([]);
  expect([...slices.values()].filter((count) => count !== 1)).toEqual([]);
  expect(slices.size).toBe(100);
});

test('jobs that change hands between slices are never carried by both at once, and lose no slice', async () => {
  await using workers = await openTwo({ limit: 3, intervalMs: 5, sliceMs: 0 });
  countSlices(10);
  const jobs = await Promise.all(Array.from({ length: 20 }, () => workers.one.push()));
  await Promise.all([workers.one.app.start(), workers.two.app.start()]);
  await workers.two.manager.wait(jobs, { timeout: 25_000 });
  expect(mostAtOnce).toBe(1);
  expect([...slices.values()].filter((count) => count !== 10)).toEqual([]);
});

test('a healthy slice that lasts longer than the lease is not taken over', async () => {
  const leaseMs = 1000;
  await using workers = await openTwo({ leaseMs, intervalMs: 20 });
  let runs = 0;
  script.slice = async (service) => {
    runs++;
    await new Promise((resolve) => setTimeout(resolve, 2.5 * leaseMs));
    service.setStatus('success');
    return true;
  };
  const number = await workers.one.push();
  await Promise.all([workers.one.app.start(), workers.two.app.start()]);
  expect(await workers.one.manager.wait(number, { timeout: 20_000 })).toMatchObject({ status: 'success', attempt: 1 });
  expect(runs).toBe(1);
});

test('a cancel elsewhere is final at once; the slice hears of it within a beat, and what it still does is refused', async () => {
  const beatMs = 100;
  await using workers = await openTwo({ beatMs });
  let heardAt: number | undefined;
  let isBegun = false;
  script.slice = async (service, _job, { signal, files }) => {
    await files.append('places.csv', 'a');
    isBegun = true;
    await aborted(signal);
    heardAt = performance.now();
    service.setStatus('success');
    return true;
  };
  const number = await workers.one.push();
  const tick = workers.one.loop.tick();
  // A claim is seen before its slice begins; one that is cancelled in between never does.
  await until('the slice', () => isBegun);
  const cancelledAt = performance.now();
  expect(await workers.two.manager.cancel(number)).toMatchObject({ status: 'cancelled' });
  await tick;
  // One pause, one statement, and what a busy machine adds.
  expect((heardAt ?? Number.POSITIVE_INFINITY) - cancelledAt).toBeLessThan(beatMs + 900);
  expect(await workers.one.job(number)).toMatchObject({ status: 'cancelled', outputs: [], progress: 0 });
});
