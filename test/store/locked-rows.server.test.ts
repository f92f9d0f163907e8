import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { ClaimRequest } from '../../core/contracts/job-store.js';
import type { KnexJobStore } from '../../core/store/knex-job-store.js';
import { createTestDatabase } from '../support/test-database.js';
import { LEASE_MS } from './contract/samples.js';
import { StoreUnderTest } from './contract/store-under-test.js';

const at = new StoreUnderTest();
beforeAll(() => at.open(createTestDatabase));
afterAll(() => at.close());
beforeEach(() => at.empty());

const REQUEST: ClaimRequest = { worker: 'host:1/boot', types: ['copy'], limit: 10, leaseMs: LEASE_MS };

/** Locks these rows until it is disposed of. */
async function locking(numbers: readonly number[]): Promise<AsyncDisposable> {
  const outsider = await at.database.knex.transaction();
  const list = numbers.map(Number).join(', ');
  // By another index it would lock the rows beside them too.
  await outsider.raw(`SELECT number FROM progress_manager FORCE INDEX (PRIMARY) WHERE number IN (${list}) FOR UPDATE`);
  return { [Symbol.asyncDispose]: async () => void (await outsider.rollback()) };
}

/** What so many claims after one another take. */
async function taken(store: KnexJobStore, claims: number, request = REQUEST): Promise<number[]> {
  const numbers: number[] = [];
  for (let times = 0; times < claims; times++) {
    for (const { number } of (await store.claim(request)).jobs) numbers.push(number);
  }
  return numbers.sort((a, b) => a - b);
}

test.each([
  ['of a type', undefined],
  ['of a type with a limit', new Map([['copy', { limit: 10 }]])],
])('a crowd %s that somebody else has locked hides nobody: the next claim has those behind it', async (_, limits) => {
  const numbers = await at.pushMany(305);
  await using _locked = await locking(numbers.slice(0, 300));
  expect(await taken(at.store, 2, limits ? { ...REQUEST, limits } : REQUEST)).toEqual(numbers.slice(300));
});

test('what was locked is claimed once it is free, after ten seconds', async () => {
  const [first, second] = await at.pushMany(2);
  const store = at.store;
  const held = await locking([first as number]);
  expect(await taken(store, 1)).toEqual([second]);
  await held[Symbol.asyncDispose]();
  const since = performance.now();
  expect(await taken(store, 1)).toEqual([]);
  while (performance.now() - since < 15_000) {
    if ((await taken(store, 1)).includes(first as number)) break;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  expect((await at.job(first as number)).status).toBe('in_progress');
});

test('where the server skips no locked row, those beside it are taken one by one', async () => {
  const [locked, ...others] = await at.pushMany(5);
  await using _locked = await locking([locked as number]);
  vi.spyOn(at.database.dialect, 'skipLocked', 'get').mockReturnValue('');
  try {
    expect(await taken(at.store, 1)).toEqual(others);
  } finally {
    vi.restoreAllMocks();
  }
});

test('a job that a person asks for is not taken while somebody has locked it', async () => {
  const [locked] = await at.pushMany(1);
  const store = at.store;
  const held = await locking([locked as number]);
  expect(await store.claimOne(locked as number, REQUEST)).toBeUndefined();
  await held[Symbol.asyncDispose]();
  expect(await store.claimOne(locked as number, REQUEST)).toMatchObject({ number: locked });
});
