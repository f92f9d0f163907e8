import { expect, test } from 'vitest';
import type { Status } from '../../../core/contracts/status.js';
import { APPLICATION } from '../../../core/contracts/user.js';
import { ANN, BOB } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

const UNFINISHED: readonly Status[] = ['new', 'in_progress', 'paused'];
const FINISHED: readonly Status[] = ['success', 'error', 'cancelled'];

/** Cancelling, closing and removing: in which statuses, and by whom. */
export function endContract(at: StoreUnderTest): void {
  test.each(UNFINISHED)('a job that is %s is cancelled at once and for good', async (status) => {
    const { number } = await inStatus(status);
    const { lease_version: token } = await at.row(number);
    at.pass(50);
    expect(await at.store.cancel(number, APPLICATION)).toBe(true);
    const ended = { status: 'cancelled', dueAt: undefined, worker: undefined, finishedAt: at.now, modifiedAt: at.now };
    expect(await at.job(number)).toMatchObject(ended);
    expect((await at.row(number)).lease_version).toBe((token as number) + 1);
    expect(await at.store.cancel(number, APPLICATION)).toBe(false);
  });

  test.each(FINISHED)('a job that is %s cannot be cancelled', async (status) => {
    const { number } = await inStatus(status);
    await expectRefusal(number, () => at.store.cancel(number, APPLICATION));
  });

  test.each(FINISHED)('a job that is %s can be closed, and stays readable', async (status) => {
    const { number, revision } = await inStatus(status);
    expect(await at.store.close(number, APPLICATION)).toBe(true);
    expect(await at.job(number)).toMatchObject({ isClosed: true, status, revision: revision + 1 });
  });

  test.each(FINISHED)('a job that is %s can be removed', async (status) => {
    const { number } = await inStatus(status);
    expect(await at.store.remove(number, APPLICATION)).toBe(true);
    expect(await at.store.get(number, APPLICATION)).toBeUndefined();
    expect(await at.store.remove(number, APPLICATION)).toBe(false);
  });

  test.each(UNFINISHED)('a job that is %s can be neither closed nor removed', async (status) => {
    const { number } = await inStatus(status);
    await expectRefusal(number, () => at.store.close(number, APPLICATION));
    await expectRefusal(number, () => at.store.remove(number, APPLICATION));
  });

  const endings = {
    cancel: { from: 'in_progress', end: (number: number, user = ANN) => at.store.cancel(number, user) },
    close: { from: 'success', end: (number: number, user = ANN) => at.store.close(number, user) },
    remove: { from: 'success', end: (number: number, user = ANN) => at.store.remove(number, user) },
  } as const;

  test.each(Object.entries(endings))('%s: the owner may', async (_, { from, end }) => {
    const { number } = await inStatus(from, ANN.id);
    expect(await end(number)).toBe(true);
  });

  test.each(Object.entries(endings))(
    '%s: nobody may with jobs of others, or of the application',
    async (_, { from, end }) => {
      const others = await inStatus(from, BOB.id);
      const nobodys = await inStatus(from, undefined);
      for (const { number } of [others, nobodys]) {
        await expectRefusal(number, () => end(number));
        await expectRefusal(number, () => end(number, { id: '', isAdmin: false }));
      }
      expect(await end(others.number, APPLICATION)).toBe(true);
    },
  );

  test.each(Object.entries(endings))(
    '%s: a row that another program flagged as deleted is left alone',
    async (_, { from, end }) => {
      const { number } = await inStatus(from, ANN.id);
      await at.set(number, { deleted: 1 });
      await expectRefusal(number, () => end(number));
      await expectRefusal(number, () => end(number, APPLICATION));
    },
  );

  test('an ending touches one job', async () => {
    const [one, two] = [await inStatus('success'), await inStatus('success')];
    await at.store.remove(one.number, APPLICATION);
    expect((await at.job(two.number)).status).toBe('success');
  });

  async function inStatus(status: Status, userId?: string) {
    const { number } = await at.push({ ...(userId && { userId }) });
    await at.set(number, { status });
    return at.job(number);
  }

  async function expectRefusal(number: number, end: () => Promise<boolean>): Promise<void> {
    const before = await at.row(number);
    expect(await end()).toBe(false);
    expect(await at.row(number)).toEqual(before);
  }
}
