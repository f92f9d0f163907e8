import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';
import { LEASE_MS } from './contract/samples.js';
import { StoreUnderTest } from './contract/store-under-test.js';

const REQUEST = { worker: 'host:1/boot', types: ['copy'], limit: 10, leaseMs: LEASE_MS };

const WAITING =
  "SELECT 1 FROM information_schema.PROCESSLIST WHERE info LIKE 'UPDATE%' AND info LIKE '%progress_gate%'";

const at = new StoreUnderTest();
beforeAll(() => at.open(createTestDatabase));
afterAll(() => at.close());
beforeEach(() => at.empty());

test.each([1, 2, 5])(
  'a claim of %i through a gate locks no job before the gate: two never wait for each other',
  async (count) => {
    const { store } = at;
    const claim = () => store.claim({ ...REQUEST, limits: new Map([['copy', { limit: 10 }]]) });
    // Makes the gate.
    await claim();
    const numbers = await at.pushMany(count);
    const knex = at.database.knex;
    const gate = await knex.transaction();
    await gate.raw("SELECT passes FROM progress_gate WHERE scope = 'copy' FOR UPDATE");

    const claiming = claim();
    await until('the claim waits', async () => {
      const [waiting] = await knex.raw(WAITING);
      return waiting.length > 0;
    });
    const free = await knex.transaction();
    const [rows] = await free.raw(
      'SELECT number FROM progress_manager FORCE INDEX (PRIMARY) WHERE number >= ? FOR UPDATE SKIP LOCKED',
      [numbers[0] as number],
    );
    await free.rollback();
    await gate.rollback();
    expect((rows as { number: number }[]).map(({ number }) => number)).toEqual(numbers);
    expect((await claiming).jobs.map(({ number }) => number)).toEqual(numbers);
  },
);
