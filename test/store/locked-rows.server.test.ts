import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import type { ClaimRequest } from '../../core/contracts/job-store.js';
import type { KnexJobStore } from '../../core/store/knex-job-store.js';
import { LockedRows } from '../../core/store/locked-rows.js';
import { createTestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';
import { LEASE_MS, newJob } from './contract/samples.js';
import { StoreUnderTest } from './contract/store-under-test.js';

const at = new StoreUnderTest();
beforeAll(() => at.open(createTestDatabase));
afterAll(() => at.close());
beforeEach(() => at.empty());

const REQUEST: ClaimRequest = { worker: 'host:1/boot', types: ['copy'], limit: 10, leaseMs: LEASE_MS };

/** Locks these rows, which follow one another, until it is disposed of. */
async function locking(numbers: readonly number[]): Promise<AsyncDisposable> {
  const outsider = await at.database.knex.transaction();
  // By another index it would lock the rows beside them too.
  const sql = 'SELECT number FROM progress_manager FORCE INDEX (PRIMARY) WHERE number BETWEEN ? AND ? FOR UPDATE';
  await outsider.raw(sql, [Math.min(...numbers), Math.max(...numbers)]);
  return { [Symbol.asyncDispose]: async () => void (await outsider.rollback()) };
}

/** In one go. */
async function insert(count: number): Promise<number[]> {
  const refuse = () => {
    throw new Error('There are no keys.');
  };
  const inserted = await at.store.insertMany(
    Array.from({ length: count }, () => newJob()),
    refuse,
  );
  return inserted.map(({ job }) => job.number);
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
  const numbers = await insert(1305);
  await using _locked = await locking(numbers.slice(0, 1300));
  expect(await taken(at.store, 2, limits ? { ...REQUEST, limits } : REQUEST)).toEqual(numbers.slice(1300));
});

test('what was locked is claimed soon after it is free', async () => {
  const [first, second] = await at.pushMany(2);
  const store = at.store;
  const held = await locking([first as number]);
  expect(await taken(store, 1)).toEqual([second]);
  await held[Symbol.asyncDispose]();
  expect(await taken(store, 1)).toEqual([]);
  await until('the first', async () => (await taken(store, 1)).includes(first as number));
});

test('what another worker asks for in the same moment is not taken for locked', async () => {
  const numbers = await insert(5);
  const asking = await at.database.knex.transaction();
  const sql = `SELECT number FROM progress_manager WHERE number BETWEEN ? AND ? ${at.database.dialect.skipLocked}`;
  await asking.raw(sql, [Math.min(...numbers), Math.max(...numbers)]);
  const locked = new LockedRows(at.database);
  expect(await locked.sift(numbers)).toEqual(numbers);
  expect(locked.numbers).toEqual([]);
  await asking.rollback();
});

test.each([
  ['skips no locked row', ''],
  ['does not understand the question', 'FOR NOTHING AT ALL'],
])('where the server %s, those beside it are taken one by one', async (_, skipLocked) => {
  const [locked, ...others] = await at.pushMany(5);
  await using _locked = await locking([locked as number]);
  vi.spyOn(at.database.dialect, 'skipLocked', 'get').mockReturnValue(skipLocked);
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
