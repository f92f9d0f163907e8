import { expect, test } from 'vitest';
import { LEASE_MS } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** A claim of one job by its number: the guards of any claim. */
export function claimOneContract(at: StoreUnderTest): void {
  const claimOne = (number: number, worker = 'host:42/a') => at.store.claimOne(number, { worker, leaseMs: LEASE_MS });

  test('takes this very job, and no other', async () => {
    const [first, second] = [await at.push(), await at.push()];
    expect(await claimOne(second.number)).toMatchObject({
      ...{ number: second.number, leaseVersion: 1, crashCount: 0 },
      job: { status: 'in_progress', worker: 'host:42', attempt: 1 },
    });
    expect((await at.job(first.number))?.status).toBe('new');
  });

  test('does not take one that a worker holds, until its lease has ended', async () => {
    const { number } = await at.push();
    await at.claim();
    expect(await claimOne(number)).toBeUndefined();
    at.pass(LEASE_MS);
    expect(await claimOne(number)).toMatchObject({ number, leaseVersion: 2, crashCount: 1 });
  });

  test.each(['paused', 'success', 'error', 'cancelled'])('does not take one that is %s', async (status) => {
    const { number } = await at.push();
    await at.set(number, { status });
    expect(await claimOne(number)).toBeUndefined();
  });

  test('does not take one that is not due yet, is deleted, or is not there', async () => {
    const later = await at.push({ runAt: '2030-01-01T00:00:10.000Z' });
    const deleted = await at.push();
    await at.set(deleted.number, { deleted: 1 });
    for (const number of [later.number, deleted.number, 99_999]) expect(await claimOne(number)).toBeUndefined();
    at.pass(10_000);
    expect(await claimOne(later.number)).toMatchObject({ number: later.number });
  });

  test('of two at the same time one takes it', async () => {
    const { number } = await at.push();
    const claimed = await Promise.all([claimOne(number, 'host:1/a'), claimOne(number, 'host:2/b')]);
    expect(claimed.filter(Boolean)).toHaveLength(1);
  });
}
