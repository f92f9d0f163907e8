import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { Taking } from '../../core/store/taking.js';
import { createTestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';
import { LEASE_MS } from './contract/samples.js';
import { StoreUnderTest } from './contract/store-under-test.js';

const REQUEST = {
  worker: 'host:1/boot',
  types: ['copy'],
  leaseMs: LEASE_MS,
  limits: new Map([['copy', { limit: 10 }]]),
};
/** A claim that is on its way through the gate, here. */
const WAITING = `SELECT 1 FROM information_schema.PROCESSLIST
  WHERE db = DATABASE() AND info LIKE 'UPDATE%' AND info LIKE '%progress_gate%'`;

const at = new StoreUnderTest();
beforeAll(() => at.open(createTestDatabase));
afterAll(() => at.close());
beforeEach(() => at.empty());
afterEach(() => void vi.restoreAllMocks());

/** Locks what the statement reads, until it is disposed of. */
async function locking(sql: string, bindings: readonly number[] = []): Promise<AsyncDisposable> {
  const outsider = await at.database.knex.transaction();
  await outsider.raw(sql, [...bindings]);
  return { [Symbol.asyncDispose]: async () => void (await outsider.rollback()) };
}

// Left to itself the server locks one job before the gate, and several after it.
test.each([1, 2, 5])(
  'a claim of %i through a gate locks no job before the gate: two never wait for each other',
  async (count) => {
    const { store } = at;
    const { knex } = at.database;
    // Makes the gate.
    await store.claim({ ...REQUEST, limit: count });
    const numbers = await at.pushMany(count);
    const gate = await locking("SELECT passes FROM progress_gate WHERE scope = 'copy' FOR UPDATE");
    const claiming = store.claim({ ...REQUEST, limit: count });
    const free: number[] = [];
    try {
      await until('the claim waits', async () => (await knex.raw(WAITING))[0].length > 0);
      const sql = 'SELECT number FROM progress_manager FORCE INDEX (PRIMARY) WHERE number >= ? FOR UPDATE SKIP LOCKED';
      const [rows] = await knex.raw(sql, [numbers[0] as number]);
      for (const { number } of rows) free.push(Number(number));
    } finally {
      await gate[Symbol.asyncDispose]();
    }
    expect(free).toEqual(numbers);
    expect((await claiming).jobs.map(({ number }) => number)).toEqual(numbers);
  },
);

test('a claim does not wait at the gate for a job that somebody else has locked: all others of its type would', async () => {
  const { store } = at;
  const [locked, ...others] = await at.pushMany(4);
  await using _locked = await locking('SELECT number FROM progress_manager WHERE number = ? FOR UPDATE', [
    locked as number,
  ]);
  const through = vi.spyOn(Taking.prototype, 'through');
  const claimed: number[] = [];
  for (let claims = 0; claims < 5; claims++) {
    for (const { number } of (await store.claim({ ...REQUEST, limit: 1 })).jobs) claimed.push(number);
  }
  expect(claimed).toEqual(others);
  expect(through.mock.calls.flatMap(([, , chosen]) => chosen)).not.toContain(locked);
});
