import { expect, test } from 'vitest';
import { APPLICATION } from '../../../core/contracts/user.js';
import { BACK, FAILURE, newJob, SUCCESS } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** A key is held by one unfinished job of a type. */
export function insertKeyContract(at: StoreUnderTest): void {
  test('a busy key leads to the job that holds it', async () => {
    const holder = await at.push({ key: 'nightly' });
    const again = await at.store.insert(newJob({ key: 'nightly' }));
    expect(again).toMatchObject({ created: false, because: 'key', job: { number: holder.number } });
    await at.take(holder.number);
    expect((await at.store.insert(newJob({ key: 'nightly' }))).created).toBe(false);
  });

  test('a paused job keeps its key', async () => {
    const { number } = await at.push({ key: 'nightly' });
    await at.set(number, { status: 'paused' });
    expect((await at.store.insert(newJob({ key: 'nightly' }))).created).toBe(false);
  });

  test.each([
    ['has succeeded', async (number: number) => at.store.record(await at.take(number), SUCCESS, BACK)],
    ['has failed', async (number: number) => at.store.record(await at.take(number), FAILURE, BACK)],
    ['was cancelled', (number: number) => at.store.cancel(number, APPLICATION)],
    ['was flagged as deleted by another program', (number: number) => at.set(number, { deleted: 1 })],
  ])('a key is free again when its job %s', async (_, end) => {
    const { number } = await at.push({ key: 'nightly' });
    await end(number);
    expect((await at.store.insert(newJob({ key: 'nightly' }))).created).toBe(true);
    expect((await at.store.insert(newJob({ key: 'nightly' }))).created).toBe(false);
  });

  test('types have keys of their own, also where type and key run into each other', async () => {
    await at.push({ type: 'copy', key: 'a' });
    expect((await at.store.insert(newJob({ type: 'move', key: 'a' }))).created).toBe(true);
    expect((await at.store.insert(newJob({ type: 'cop', key: 'ya' }))).created).toBe(true);
  });

  test('jobs without a key do not stand in each other’s way', async () => {
    expect(await at.pushMany(3)).toHaveLength(3);
  });

  test('keys are told apart byte by byte: case, accents, blanks at the end, composed letters', async () => {
    const keys = ['key', 'Key', 'kéy', 'ke\u0301y', 'key ', 'key  ', ' key', 'ｋｅｙ', 'ß', 'ss', '', '0', '😀', '😁'];
    for (const key of keys) expect((await at.store.insert(newJob({ key }))).created, JSON.stringify(key)).toBe(true);
    for (const key of keys) {
      const { created, job } = await at.store.insert(newJob({ key }));
      expect({ created, key: (await at.job(job.number)).key }).toEqual({ created: false, key });
    }
  });

  test('keys of an owner’s own: the same key of others, and of nobody, is another', async () => {
    const owned = { key: 'nightly', keyScope: 'owner' } as const;
    const ann = await at.push({ ...owned, userId: 'ann' });
    for (const userId of ['bob', 'Ann', undefined]) await at.push({ ...owned, userId });
    const again = newJob({ ...owned, userId: 'ann' });
    expect(await at.store.insert(again)).toMatchObject({ because: 'key', job: { number: ann.number } });
    expect((await at.store.insert(newJob({ key: 'nightly' }))).created).toBe(true);
    expect(await at.database.knex('progress_manager')).toHaveLength(5);
  });

  test('fifty pushes of one key at once, on two connections, make one job', async () => {
    const stores = [at.store, at.otherStore];
    const push = (_: unknown, index: number) => (stores[index % 2] as typeof at.store).insert(newJob({ key: 'one' }));
    const inserted = await Promise.all(Array.from({ length: 50 }, push));
    expect(inserted.filter(({ created }) => created)).toHaveLength(1);
    expect(new Set(inserted.map(({ job }) => job.number)).size).toBe(1);
    expect(await at.database.knex('progress_manager')).toHaveLength(1);
  });

  test('an id comes before a key: the retried push is its own job, not the holder of the key', async () => {
    const pushed = newJob({ key: 'nightly' });
    await at.store.insert(pushed);
    await at.store.cancel((await at.store.insert(pushed)).job.number, APPLICATION);
    await at.push({ key: 'nightly' });
    expect(await at.store.insert(pushed)).toMatchObject({ created: false, because: 'id', job: { id: pushed.id } });
  });
}
