import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WriteTransaction } from '../../../core/contracts/progress-job.js';
import { APPLICATION } from '../../../core/contracts/user.js';
import { databaseFault } from '../../support/database-fault.js';
import { KEEP, LEASE_MS, SUCCESS, slice } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

const MOVED = { slice: slice(), leave: KEEP };

/** Slices that write to tables of the application in the transaction that records them. */
export function recordWithContract(at: StoreUnderTest): void {
  beforeAll(() => at.database.knex.schema.createTable('effect', (table) => table.integer('value').notNullable()));
  afterAll(() => at.database.knex.schema.dropTable('effect'));

  test('what a slice writes and its record are committed together', async () => {
    const lease = await at.running();
    const recorded = await at.store.recordWith(lease, async (transaction) => {
      await write(transaction, 1);
      await write(transaction, 2);
      return MOVED;
    });
    expect(recorded).toBe('recorded');
    expect(await effects()).toEqual([1, 2]);
    expect((await at.job(lease.number)).offset).toBe(1);
  });

  test('a lost lease takes back everything that was written', async () => {
    const lease = await at.running();
    at.pass(LEASE_MS);
    await at.take(lease.number, 'other:2');
    expect(await at.store.recordWith(lease, async (transaction) => write(transaction, 3).then(() => MOVED))).toBe(
      'lost',
    );
    expect(await effects()).toEqual([]);
  });

  test.each([
    ['a slice that was recorded before', { sliceSeq: -1 }],
    ['an older token', { leaseVersion: 0 }],
  ])('%s takes back everything that was written', async (_, stale) => {
    const lease = await at.running();
    const sent = { ...lease, ...stale };
    expect(await at.store.recordWith(sent, async (transaction) => write(transaction, 4).then(() => MOVED))).toBe(
      'lost',
    );
    expect(await effects()).toEqual([]);
  });

  test('a cancelled job keeps nothing of what its slice wrote', async () => {
    const lease = await at.running();
    await at.store.cancel(lease.number, APPLICATION);
    expect(await at.store.recordWith(lease, async (transaction) => write(transaction, 5).then(() => MOVED))).toBe(
      'lost',
    );
    expect(await effects()).toEqual([]);
  });

  test('what a slice throws comes out, nothing is written, and the lease is still good', async () => {
    const lease = await at.running();
    const work = async (transaction: WriteTransaction) => {
      await write(transaction, 6);
      throw new Error('no space left in the drawer');
    };
    await expect(at.store.recordWith(lease, work)).rejects.toThrow('no space left in the drawer');
    expect(await effects()).toEqual([]);
    expect(await at.store.recordWith(lease, async () => MOVED)).toBe('recorded');
  });

  test.each([
    ['a deadlock', { errno: 1213 }],
    ['a lock time-out', { errno: 1205 }],
    ['a row changed since the snapshot', { errno: 1020 }],
    ['a busy file', { code: 'SQLITE_BUSY' }],
  ])('after %s the work is done again, and its rows are there once', async (_, fault) => {
    const lease = await at.running();
    let runs = 0;
    const recorded = await at.store.recordWith(lease, async (transaction) => {
      runs++;
      await write(transaction, 7);
      if (runs === 1) await databaseFault(fault);
      return { slice: SUCCESS, leave: KEEP };
    });
    expect(recorded).toBe('recorded');
    expect(runs).toBe(2);
    expect(await effects()).toEqual([7]);
    expect((await at.job(lease.number)).status).toBe('success');
  });

  test('a fault that lasts comes out after eight tries', { timeout: 30_000 }, async () => {
    const lease = await at.running();
    let runs = 0;
    const work = async () => {
      runs++;
      return databaseFault({ errno: 1213 });
    };
    await expect(at.store.recordWith(lease, work)).rejects.toMatchObject({ errno: 1213 });
    expect(runs).toBe(8);
  });

  test('others see nothing of it before the commit', async () => {
    const lease = await at.running();
    const recorded = at.store.recordWith(lease, async (transaction) => {
      await write(transaction, 8);
      expect(await transaction('effect').pluck('value')).toEqual([8]);
      return MOVED;
    });
    expect(await recorded).toBe('recorded');
    expect(await effects()).toEqual([8]);
  });

  const write = (transaction: WriteTransaction, value: number) => transaction('effect').insert({ value });

  /** The values that were written, which are removed. */
  async function effects(): Promise<number[]> {
    const values = await at.database.knex('effect').orderBy('value').pluck('value');
    await at.database.knex('effect').delete();
    return values;
  }
}
