import { expect, test } from 'vitest';
import { APPLICATION } from '../../../core/contracts/user.js';
import { History } from '../../../core/store/history.js';
import type { StoreUnderTest } from './store-under-test.js';

const MINUTE_MS = 60_000;

/** Finished jobs by age. Finding and removing keep their guards each: between the two a job may begin anew. */
export function historyContract(at: StoreUnderTest): void {
  const history = () => new History(at.database);

  async function ended(): Promise<{ number: number; id: string }> {
    const { number, id } = await at.push();
    await at.store.cancel(number, APPLICATION);
    return { number, id };
  }

  test('the old ones of a status are found, the oldest first, up to a limit', async () => {
    const [first, second, third] = [await ended(), await ended(), await ended()];
    await at.set((await ended()).number, { deleted: 1 });
    at.pass(2 * MINUTE_MS);
    await ended();
    expect(await history().olderThan(MINUTE_MS, 'cancelled', 10)).toEqual([first, second, third]);
    expect(await history().olderThan(MINUTE_MS, 'cancelled', 2)).toEqual([first, second]);
    expect(await history().olderThan(MINUTE_MS, 'success', 10)).toEqual([]);
  });

  test('one that ended anew since, or in another way, stays', async () => {
    const [old, anew, otherwise] = [await ended(), await ended(), await ended()];
    at.pass(2 * MINUTE_MS);
    await at.store.retry(anew.number, APPLICATION);
    await at.store.cancel(anew.number, APPLICATION);
    await at.set(otherwise.number, { status: 'error' });
    expect(await history().remove([old, anew, otherwise], MINUTE_MS, 'cancelled')).toEqual([old.id]);
    expect((await at.job(anew.number)).status).toBe('cancelled');
    expect(await history().remove([], MINUTE_MS, 'cancelled')).toEqual([]);
  });
}
