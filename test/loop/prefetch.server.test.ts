import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import type { JobStore } from '../../core/contracts/job-store.js';
import { APPLICATION } from '../../core/contracts/user.js';
import { Prefetch } from '../../core/loop/prefetch.js';
import { KnexJobStore } from '../../core/store/knex-job-store.js';
import { door } from '../fixtures/scripted/door.js';
import { openScripted, type Scripted, script } from '../fixtures/scripted/open-scripted.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

const LIMIT = 5;

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database[Symbol.asyncDispose]());
afterEach(() => void vi.restoreAllMocks());

/** A worker whose store tells what was prefetched. */
async function open(options = {}) {
  const scripted = await openScripted({ databaseUrl: database.url, limit: LIMIT, intervalMs: 50, ...options });
  await scripted.knex('progress_manager').del();
  const store = scripted.app.container.get('jobStore');
  const prefetched = new Set<number>();
  const send = store.prefetch.bind(store);
  vi.spyOn(store, 'prefetch').mockImplementation(async (request): ReturnType<JobStore['prefetch']> => {
    const found = await send(request);
    for (const { number } of found?.jobs ?? []) prefetched.add(number);
    return found;
  });
  const pushMany = async (count: number, type = 'scripted') => {
    const job = { name: 'A job', type, data: null };
    return (await scripted.manager.pushMany(Array.from({ length: count }, () => job))).map(({ number }) => number);
  };
  return { ...scripted, prefetched, pushMany };
}

type Worker = Awaited<ReturnType<typeof open>>;

/** As another process has it. */
const elsewhere = ({ app }: Worker) => new KnexJobStore(app.container.get('database'));

async function waitingIn(worker: Worker, begun: ReadonlyMap<number, number>): Promise<number[]> {
  return (await held(worker)).map(Number).filter((number) => !begun.has(number));
}

/** Jobs that do nothing; with `pass` only until some wait in the worker: those that begin then take long, and come to it. */
function shortJobs({ prefetched }: Worker, pass?: (number: number) => Promise<void>): Map<number, number> {
  const begun = new Map<number, number>();
  let areLong = false;
  script.slice = async (service, job) => {
    begun.set(job.number, (begun.get(job.number) ?? 0) + 1);
    areLong ||= pass !== undefined && [...prefetched].filter((number) => !begun.has(number)).length > 4 * LIMIT;
    if (areLong) await pass?.(job.number);
    service.setStatus('success');
    return true;
  };
  return begun;
}

const held = (scripted: Scripted): Promise<number[]> =>
  scripted.knex('progress_manager').whereNotNull('lease_owner').pluck('number');

test('short jobs are claimed ahead of their places, and each begins once, no more at a time than there are places', async () => {
  await using worker = await open();
  let now = 0;
  let most = 0;
  const begun = new Map<number, number>();
  script.slice = async (service, job) => {
    begun.set(job.number, (begun.get(job.number) ?? 0) + 1);
    most = Math.max(most, ++now);
    await sleep(1);
    now--;
    service.setStatus('success');
    return true;
  };
  const jobs = await worker.pushMany(1000);
  await worker.app.start();
  const ended = await worker.manager.wait(jobs, { timeout: 30_000 });
  expect(ended.filter(({ status }) => status !== 'success')).toEqual([]);
  expect([begun.size, Math.max(...begun.values()), most]).toEqual([1000, 1, LIMIT]);
  expect(worker.prefetched.size).toBeGreaterThan(100);
});

test('where jobs become long, what waits goes back, and another worker takes it', async () => {
  const { pass, waiting, open: openDoor } = door();
  await using worker = await open();
  shortJobs(worker, pass);
  await worker.pushMany(1000);
  await worker.app.start();
  await until('jobs that take long', () => waiting.size === LIMIT);
  await until('nothing waits', async () => (await held(worker)).length === LIMIT, 5000);
  const waits = await worker.knex('progress_manager').where({ status: 'in_progress', lease_owner: null });
  expect(new Set(waits.map(({ crash_count, attempt }) => `${crash_count} ${attempt}`))).toEqual(new Set(['0 1']));
  openDoor();
});

test('a stop leaves none held', async () => {
  await using worker = await open();
  const begun = shortJobs(worker);
  await worker.pushMany(2000);
  await worker.app.start();
  await until('prefetched jobs', () => worker.prefetched.size > 100);
  expect(await worker.app.stop()).toBe(true);
  expect(await held(worker)).toEqual([]);
  expect(await worker.knex('progress_manager').where({ status: 'success' })).toHaveLength(begun.size);
  expect(begun.size).toBeLessThan(2000);
});

test('after its worker died, a job is a suspect only if it had begun', async () => {
  // They would not wait that long.
  vi.spyOn(Prefetch.prototype, 'patienceMs', 'get').mockReturnValue(1000);
  const { pass, waiting, open: openDoor } = door();
  const leaseMs = 1000;
  await using worker = await open({ leaseMs });
  const begun = shortJobs(worker, pass);
  await worker.pushMany(1000);
  await worker.app.start();
  await until('jobs that take long', () => waiting.size === LIMIT);
  worker.loop.abandon();
  const atDeath = (await held(worker)).map(Number);
  const isBegun = (number: number) => begun.has(number);
  expect([atDeath.filter(isBegun).length, atDeath.every(isBegun)]).toEqual([LIMIT, false]);
  await sleep(leaseMs + 100);
  const store = worker.app.container.get('jobStore');
  const request = { worker: 'other:1/a', types: ['scripted'], limit: 2000, leaseMs: 60_000 };
  const taken = new Map((await store.claim(request)).jobs.map((job) => [job.number, job]));
  for (const number of atDeath) {
    const { crashCount = -1, isIsolated } = taken.get(number) ?? {};
    expect([number, crashCount, isIsolated]).toEqual([number, Number(isBegun(number)), isBegun(number)]);
  }
  openDoor();
});

test.each([
  ['cancelled', 'here', (worker: Worker, number: number) => worker.manager.cancel(number)],
  ['cancelled', 'elsewhere', (worker: Worker, number: number) => elsewhere(worker).cancel(number, APPLICATION)],
  ['paused', 'elsewhere', (worker: Worker, number: number) => elsewhere(worker).pause(number, APPLICATION)],
])('a job that is %s %s while it waits does not begin', async (status, where, press) => {
  // It would not wait that long.
  vi.spyOn(Prefetch.prototype, 'patienceMs', 'get').mockReturnValue(1000);
  const { pass, waiting, open: openDoor } = door();
  await using worker = await open({ beatMs: 50 });
  const begun = shortJobs(worker, pass);
  await worker.pushMany(1000);
  await worker.app.start();
  await until('jobs that take long', () => waiting.size === LIMIT);
  const chosen = (await waitingIn(worker, begun)).slice(0, 2);
  expect(chosen).toHaveLength(2);
  for (const number of chosen) await press(worker, number);
  // Two beats.
  if (where === 'elsewhere') await sleep(200);
  openDoor();
  await until(
    'the others',
    async () => (await worker.knex('progress_manager').where({ status: 'success' })).length === 998,
  );
  expect(chosen.filter((number) => begun.has(number))).toEqual([]);
  expect(new Set((await Promise.all(chosen.map(worker.job))).map((job) => job.status))).toEqual(new Set([status]));
});

test('each of many types has its turn, also where fewer wait than there are types', async () => {
  const types = [
    'scripted',
    'other',
    'stubborn',
    'brief',
    'brief_stubborn',
    'weighted',
    'phased',
    'mailing',
    'keyed',
    'for_admins',
  ];
  await using worker = await open({ limit: 2 });
  const begun: string[] = [];
  script.slice = async (service, job) => {
    begun.push(job.type);
    await sleep(40);
    service.setStatus('success');
    return true;
  };
  for (const type of types) await worker.pushMany(30, type);
  await worker.app.start();
  await until('so many', () => begun.length >= 80, 20_000);
  expect(worker.prefetched.size).toBeGreaterThan(20);
  expect(types.filter((type) => begun.filter((each) => each === type).length < 4)).toEqual([]);
});

test('where somebody has locked one that waits, the others go back at once, and it goes when it is free', async () => {
  const { pass, waiting, open: openDoor } = door();
  await using worker = await open({ leaseMs: 60_000 });
  const begun = shortJobs(worker, pass);
  await worker.pushMany(1000);
  await worker.app.start();
  await until('jobs that take long', () => waiting.size === LIMIT);
  const [, locked = 0] = await waitingIn(worker, begun);
  expect(locked).toBeGreaterThan(0);
  const outsider = await worker.knex.transaction();
  await outsider.raw('SELECT number FROM progress_manager FORCE INDEX (PRIMARY) WHERE number = ? FOR UPDATE', [locked]);
  await until('the others', async () => String(await waitingIn(worker, begun)) === String(locked), 10_000);
  await outsider.rollback();
  await until('this one', async () => (await waitingIn(worker, begun)).length === 0, 10_000);
  openDoor();
  await until(
    'all',
    async () => (await worker.knex('progress_manager').where({ status: 'success' })).length === 1000,
    20_000,
  );
  expect(await worker.knex('progress_manager').where('crash_count', '>', 0)).toEqual([]);
});

test('where somebody has locked the row of the worker, jobs are claimed for their places', async () => {
  await using worker = await open();
  const begun = shortJobs(worker);
  await worker.pushMany(10_000);
  await worker.app.start();
  await until('prefetched jobs', () => worker.prefetched.size > 100);
  const outsider = await worker.knex.transaction();
  await outsider.raw('SELECT id FROM progress_worker FOR UPDATE');
  const begunIn = async (milliseconds: number) => {
    const before = begun.size;
    await sleep(milliseconds);
    return begun.size - before;
  };
  await sleep(2000);
  const atFirst = await begunIn(2500);
  // Now it tries again whether it can say what begins.
  await sleep(1500);
  const later = await begunIn(2500);
  await outsider.rollback();
  expect(atFirst).toBeGreaterThan(100);
  expect(later).toBeGreaterThan(atFirst / 3);
});
