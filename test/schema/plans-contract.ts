import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { APPLICATION } from '../../core/contracts/user.js';
import { Ends } from '../../core/store/ends.js';
import { ANN, newJob } from '../store/contract/samples.js';
import { type OpenDatabase, StoreUnderTest } from '../store/contract/store-under-test.js';
import { type Plan, plansOf } from './plans-of.js';

const TYPES = ['copy', 'move', 'print'];

/** The statements that run all the time walk an index in its order; none of them sorts or reads the whole table. */
export function plansContract(name: string, openDatabase: OpenDatabase): void {
  describe(`plans on ${name}`, () => {
    const at = new StoreUnderTest();
    beforeAll(async () => {
      await at.open(openDatabase);
      await fill();
    });
    afterAll(() => at.close());

    test('looking for due jobs walks the index of due times, type by type', async () => {
      const plans = await plansOf(at.database, () => at.store.someDue(TYPES));
      expect(plans).toHaveLength(1);
      for (const plan of plans) expectIndex(plan, 'ix_due');
      expect(plans[0]?.indexes).toHaveLength(TYPES.length);
    });

    test('looking at a type with a limit walks the places that are held, and its due jobs, whatever else is in progress', async () => {
      const request = { worker: 'host:1/a', types: ['copy'], limit: 5, leaseMs: 1000 };
      const limits = new Map([['copy', { limit: 2 }]]);
      await at.database.knex('progress_gate').insert({ scope: 'copy' });
      const plans = await plansOf(at.database, () => at.store.claim({ ...request, limits }));
      const walks = plans.flatMap(({ indexes }) => indexes).filter((index) => index.startsWith('ix_'));
      expect(walks).toEqual(expect.arrayContaining(['ix_place', 'ix_due']));
      expect(walks.filter((index) => !['ix_place', 'ix_due'].includes(index))).toEqual([]);
    });

    test('looking for leases that run out walks it too', async () => {
      const plans = await plansOf(at.database, () => at.store.runningOut(TYPES, 5000, 10));
      expect(plans[0]?.indexes.filter((index) => index === 'ix_due')).toHaveLength(TYPES.length);
    });

    test('looking for ends that nobody has told walks the index of ends', async () => {
      const ends = new Ends(at.database);
      const [plan] = await plansOf(at.database, () =>
        ends.claimNew('finished:mail', { since: '2029-12-31 00:00:00.000' }, 1),
      );
      expect(plan?.indexes).toContain('ix_finished');
    });

    const lists = {
      'a user’s': { viewer: ANN, index: 'ix_owner' },
      'an admin’s': { viewer: APPLICATION, index: 'ix_all' },
    };

    test.each(Object.entries(lists))('%s list walks its index', async (_, { viewer, index }) => {
      for (const plan of await plansOf(at.database, () => at.store.find({}, viewer))) expectIndex(plan, index);
    });

    test.each(Object.entries(lists))(
      'a later page of %s list begins where the one before ended',
      async (_, { viewer, index }) => {
        for (const cursor of ['0-1500', '1-1500']) {
          const plans = await plansOf(at.database, () => at.store.find({ cursor }, viewer));
          // The numbers below the cursor may be walked by the primary key too: they are in order there.
          for (const plan of plans) expectIndex(plan, index, 'PRIMARY');
        }
      },
    );

    test('a list of unfinished jobs that fits its page is one walk: finished ones are not looked for, and none is counted', async () => {
      const filter = { status: ['new', 'paused'], type: ['copy'], userId: 'bob', limit: 200 } as const;
      const plans = await plansOf(at.database, () => at.store.find(filter, APPLICATION));
      expect(plans).toHaveLength(1);
    });

    test('a user’s unfinished jobs are counted by the index that knows them', async () => {
      const [plan] = await plansOf(at.database, () => at.store.count({ status: ['new', 'paused'] }, ANN, 100));
      expectIndex(plan as Plan, 'ix_owner');
      expect(plan?.text).toContain('is_finished');
    });

    test('a rare status is counted and listed without reading the others', async ({ skip }) => {
      skip(at.database.dialect.name === 'sqlite', 'SQLite plans without looking at how rare a value is');
      const counted = await plansOf(at.database, () => at.store.count({ status: ['paused'] }, APPLICATION, 100));
      const listed = await plansOf(at.database, () => at.store.find({ status: ['error'] }, APPLICATION));
      for (const plan of [...counted, ...listed]) expect(plan.indexes, plan.text).toContain('ix_finished');
    });

    test('the newest of groups are found by the index of groups, and read by their numbers', async () => {
      const plans = await plansOf(at.database, () => at.store.find({ newestOfGroup: ['s1', 's2'] }, ANN));
      expectIndex(plans[0] as Plan, 'ix_group');
    });

    /** 3,000 jobs of three types and two owners, two of three ended, so that an index is worth its while. */
    async function fill(): Promise<void> {
      const time = '2029-12-31 00:00:00.000';
      const rows = Array.from({ length: 3000 }, (_, index) => ({
        ...{
          id: newJob().id,
          name: 'Copy',
          type: TYPES[index % 3],
          data: '{}',
          created_by_id: index % 2 ? 'ann' : 'bob',
        },
        ...{ status: index % 9 < 6 ? 'success' : 'new', due_at: index % 9 < 6 ? null : time },
        ...{ created_at: time, modified_at: time },
      }));
      await at.database.knex.batchInsert('progress_manager', rows, 50);
      const analyse = at.database.dialect.name === 'mysql' ? 'ANALYZE TABLE progress_manager' : 'ANALYZE';
      await at.database.knex.raw(analyse);
    }
  });
}

function expectIndex(plan: Plan, ...fitting: readonly string[]): void {
  expect(plan.indexes.length, plan.text).toBeGreaterThan(0);
  for (const index of plan.indexes) expect(fitting, plan.text).toContain(index);
  expect(plan.sorts, plan.text).toBe(false);
}
