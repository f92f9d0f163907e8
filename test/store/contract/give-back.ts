import { expect, test } from 'vitest';
import { APPLICATION } from '../../../core/contracts/user.js';
import { KEEP, LEASE_MS, slice } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

const COUNTS = { refusals: 2, idleSlices: 1 };

/** "Not now", and giving a job back in the middle of a slice. */
export function giveBackContract(at: StoreUnderTest): void {
  test('a postponed job is due again after the delay, with everything else as it was', async () => {
    const lease = await at.running({ data: '[1]' });
    await at.store.record(lease, slice({ offset: 3, progress: 33.5, message: 'So far' }), KEEP);
    expect(await at.store.postpone(lease, COUNTS, 4000)).toBe(true);
    const asBefore = { offset: 3, progress: 33.5, message: 'So far', data: [1], status: 'in_progress' };
    expect(await at.job(lease.number)).toMatchObject({ ...asBefore, worker: undefined, dueAt: at.fromNow(4000) });
    at.pass(3999);
    expect(await at.claim()).toEqual([]);
    at.pass(1);
    expect(await at.claim()).toMatchObject([{ number: lease.number, ...COUNTS, sliceSeq: 1 }]);
  });

  test('a released job is due at once, and the slice that still runs can write no more', async () => {
    const lease = await at.running({ priority: 2 });
    at.pass(1000);
    expect(await at.store.release(lease)).toBe(true);
    expect(await at.job(lease.number)).toMatchObject({ worker: undefined, dueAt: at.fromNow(-7 * 60_000) });
    expect(await at.store.record(lease, slice(), KEEP)).toBe('lost');
    expect(await at.take(lease.number)).toMatchObject({ leaseVersion: lease.leaseVersion + 2 });
  });

  test('a job whose child died is due at once, isolated, and its late writes are refused', async () => {
    const lease = await at.running({ priority: 2 });
    expect(lease).toMatchObject({ isIsolated: false, childDeaths: 0 });
    at.pass(1000);
    expect(await at.store.childDied(lease)).toBe(true);
    expect(await at.job(lease.number)).toMatchObject({ worker: undefined, dueAt: at.fromNow(-7 * 60_000) });
    expect(await at.store.record(lease, slice(), KEEP)).toBe('lost');
    expect(await at.take(lease.number)).toMatchObject({ isIsolated: true, childDeaths: 1, crashCount: 0 });
  });

  test('a slice that its child had recorded before it died is kept', async () => {
    const lease = await at.running();
    await at.store.record(lease, slice({ offset: 3 }), KEEP);
    expect(await at.store.childDied(lease)).toBe(true);
    expect(await at.take(lease.number)).toMatchObject({ job: { offset: 3 }, sliceSeq: 1, childDeaths: 1 });
  });

  test('a paused job whose child died rests', async () => {
    const lease = await at.running();
    await at.store.pause(lease.number, APPLICATION);
    expect(await at.store.childDied(lease)).toBe(true);
    expect(await at.job(lease.number)).toMatchObject({ status: 'paused', dueAt: undefined, worker: undefined });
  });

  test('a condemned job ends in error, and its late writes are refused', async () => {
    const lease = await at.running();
    await at.store.record(lease, slice({ offset: 3, progress: 33.5 }), KEEP);
    at.pass(1000);
    expect(await at.store.condemn(lease, { code: 'worker_lost', message: 'It exited.' })).toBe(true);
    expect(await at.job(lease.number)).toMatchObject({
      ...{ status: 'error', offset: 3, progress: 33.5, dueAt: undefined, worker: undefined, finishedAt: at.fromNow(0) },
      error: { code: 'worker_lost', message: 'It exited.' },
    });
    expect(await at.store.record({ ...lease, sliceSeq: 1 }, slice(), KEEP)).toBe('lost');
    expect(await at.claim()).toEqual([]);
  });

  const giveBacks = {
    postpone: (lease: { number: number; leaseVersion: number }) => at.store.postpone(lease, COUNTS, 0),
    release: (lease: { number: number; leaseVersion: number }) => at.store.release(lease),
    childDied: (lease: { number: number; leaseVersion: number }) => at.store.childDied(lease),
    condemn: (lease: { number: number; leaseVersion: number }) =>
      at.store.condemn(lease, { code: 'worker_lost', message: 'It exited.' }),
  };

  test.each(Object.entries(giveBacks))('%s: a lost lease takes nothing from its new holder', async (_, giveBack) => {
    const stale = await at.running();
    at.pass(LEASE_MS);
    await at.take(stale.number, 'other:2');
    await expectRefusal(stale, giveBack);
  });

  test.each(Object.entries(giveBacks))('%s: a cancelled job stays so', async (_, giveBack) => {
    const lease = await at.running();
    await at.store.cancel(lease.number, APPLICATION);
    await expectRefusal(lease, giveBack);
  });

  test.each(Object.entries(giveBacks))(
    '%s: only a job that is held is given back, whatever the token',
    async (_, giveBack) => {
      const lease = await at.running();
      for (const status of ['new', 'success', 'error', 'cancelled']) {
        await at.set(lease.number, { status });
        await expectRefusal(lease, giveBack);
      }
    },
  );

  async function expectRefusal<L extends { number: number }>(
    lease: L,
    giveBack: (lease: L) => Promise<boolean>,
  ): Promise<void> {
    const before = await at.row(lease.number);
    expect(await giveBack(lease)).toBe(false);
    expect(await at.row(lease.number)).toEqual(before);
  }
}
