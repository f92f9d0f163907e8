import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Prefetched, PrefetchRequest } from '../../core/contracts/job-store.js';
import type { KnexJobStore } from '../../core/store/knex-job-store.js';
import { Workers } from '../../core/store/workers.js';
import { createTestDatabase } from '../support/test-database.js';
import { LEASE_MS } from './contract/samples.js';
import { StoreUnderTest } from './contract/store-under-test.js';

const WORKER = 'host:1/a';
const REQUEST: PrefetchRequest = {
  ...{ worker: WORKER, types: ['copy'], limit: 300, leaseMs: LEASE_MS, mayWait: new Set(['copy']) },
};

const at = new StoreUnderTest();
beforeAll(() => at.open(createTestDatabase));
afterAll(() => at.close());
beforeEach(() => at.empty());

/** What a store has prefetched, as it would give it back. */
async function prefetched(store: KnexJobStore, count: number) {
  await new Workers(at.database).sign(WORKER, ['copy'], 2, 0);
  await at.pushMany(count);
  const { claim, jobs, dueAt } = (await store.prefetch(REQUEST)) as Prefetched;
  expect(jobs).toHaveLength(count);
  return jobs.map(({ number }) => ({ claim, number, dueAt: dueAt.get(number) as string }));
}

const held = async () =>
  (await at.database.knex('progress_manager').whereNotNull('lease_owner').orderBy('number').pluck('number')).map(
    Number,
  );

test('a crowd that somebody has locked keeps nobody beside it, waits once, and goes when it is free', async () => {
  const { store } = at;
  const waiting = await prefetched(store, 250);
  const locked = waiting.slice(50, 200).map(({ number }) => number);
  const outsider = await at.database.knex.transaction();
  await outsider.raw(
    'SELECT number FROM progress_manager FORCE INDEX (PRIMARY) WHERE number BETWEEN ? AND ? FOR UPDATE',
    [...[locked[0] as number, locked.at(-1) as number]],
  );
  await Promise.all([store.giveBack(WORKER, waiting, LEASE_MS), store.giveBackUncertain()]);
  expect(await held()).toEqual(locked);
  const since = performance.now();
  for (let times = 0; times < 5; times++) await store.giveBackUncertain();
  // A lock that is waited for takes a second each time.
  expect(performance.now() - since).toBeLessThan(1000);
  await outsider.rollback();
  await store.giveBackUncertain();
  expect(await held()).toEqual([]);
  expect((await at.claim({ limit: 300 })).filter(({ crashCount }) => crashCount > 0)).toEqual([]);
});

test('a place in line that the database does not take holds up nobody: it is the last one then', async () => {
  const { store } = at;
  const [first, second] = await prefetched(store, 2);
  if (!first || !second) throw new Error('Nothing was prefetched.');
  await expect(store.giveBack(WORKER, [{ ...first, dueAt: '0000-00-00 00:00:00' }], LEASE_MS)).rejects.toThrow();
  await store.giveBack(WORKER, [second], LEASE_MS);
  expect(await held()).toEqual([]);
  expect(await at.claim()).toHaveLength(2);
});

test('nothing is tried any more when the leases have ended', async () => {
  const { store } = at;
  const waiting = await prefetched(store, 1);
  const refused = waiting.map((job) => ({ ...job, dueAt: '0000-00-00 00:00:00' }));
  await expect(store.giveBack(WORKER, refused, -1)).rejects.toThrow();
  await store.giveBackUncertain();
  expect(await held()).toHaveLength(1);
});
