import { expect, test } from 'vitest';
import type { JobFilter } from '../../../core/contracts/job-store.js';
import { APPLICATION } from '../../../core/contracts/user.js';
import { ANN, BOB, newJob } from './samples.js';
import type { StoreUnderTest } from './store-under-test.js';

/** The order of a listing, its pages, and its totals. */
export function pagingContract(at: StoreUnderTest): void {
  test('unfinished jobs come first, each group from the newest', async () => {
    const [a, b, c, d, e, f] = await at.pushMany(6);
    await at.set(a as number, { status: 'success' });
    await at.set(c as number, { status: 'in_progress' });
    await at.set(d as number, { status: 'cancelled' });
    await at.set(e as number, { status: 'paused' });
    await at.set(f as number, { status: 'error' });
    const { list } = await at.store.find({}, APPLICATION);
    expect(list.map(({ number }) => number)).toEqual([e, c, b, f, d, a]);
  });

  test.each([1, 2, 5, 7, 23, 24])('pages of %i hold every job once', async (limit) => {
    const all = await mixed(23);
    expect(await paged({ limit })).toEqual(all);
  });

  test('filtered pages hold every job once', async () => {
    await at.push({ userId: BOB.id });
    const all = await mixed(11, ANN.id);
    expect(await paged({ limit: 3, userId: ANN.id })).toEqual(all);
    expect(await paged({ limit: 3 }, ANN)).toEqual(all);
  });

  test('jobs that are pushed meanwhile neither shift the pages nor show up in them', async () => {
    const all = await mixed(12);
    const seen = await paged({ limit: 4 }, APPLICATION, () => at.push());
    expect(seen).toEqual(all);
  });

  test('a job that ended on a page that was seen does not move those behind it', async () => {
    const all = await at.pushMany(6);
    const first = await at.store.find({ limit: 3 }, APPLICATION);
    await at.set(first.list[2]?.number as number, { status: 'success' });
    const { list } = await at.store.find({ limit: 3, cursor: first.nextCursor as string }, APPLICATION);
    expect(list.map(({ number }) => number)).toEqual(all.slice(0, 3).reverse());
  });

  test('an ended row of another program, without the time of its end, does not turn the pages back', async () => {
    const all = await at.pushMany(5);
    await at.database.knex('progress_manager').update({ status: 'success', finished_at: null });
    expect(await paged({ limit: 2 })).toEqual(all.reverse());
  });

  test('fifteen are shown when nothing else is asked for', async () => {
    await at.pushMany(16);
    const first = await at.store.find({}, APPLICATION);
    expect(first).toMatchObject({ list: { length: 15 }, total: 16, totalIsCapped: false });
    const cursor = first.nextCursor as string;
    expect(await at.store.find({ cursor }, APPLICATION)).toMatchObject({ list: { length: 1 }, total: 16 });
  });

  test('totals and counts stop at a thousand', { timeout: 30_000 }, async () => {
    await pushAtOnce(1000);
    const page = async () => at.store.find({ limit: 1 }, APPLICATION);
    expect(await page()).toMatchObject({ total: 1000, totalIsCapped: false });
    await at.push();
    expect(await page()).toMatchObject({ total: 1000, totalIsCapped: true });
    expect((await at.store.counts(APPLICATION)).new).toBe(1000);
    expect(await at.store.find({ limit: 200 }, ANN)).toMatchObject({
      total: 0,
      totalIsCapped: false,
      nextCursor: undefined,
    });
  });

  test('a count is of all pages of a listing, and stops where it is told to', async () => {
    await mixed(30, ANN.id);
    await at.push({ userId: BOB.id });
    const unfinished: JobFilter = { status: ['new', 'in_progress', 'paused'] };
    const count = (filter: JobFilter, viewer = ANN, most = 1000) => at.store.count(filter, viewer, most);
    expect([await count({}), await count(unfinished), await count({ status: ['success'] })]).toEqual([30, 20, 10]);
    expect(await count({ status: ['new', 'success'], limit: 2, cursor: '0-3' })).toBe(30);
    expect([await count({}, APPLICATION), await count({ userId: ANN.id }, APPLICATION)]).toEqual([31, 30]);
    expect([await count(unfinished, ANN, 19), await count(unfinished, ANN, 20)]).toEqual([19, 20]);
    expect([await count({ status: [] }), await count({ type: ['none'] })]).toEqual([0, 0]);
  });

  test('jobs are counted per status, hidden and closed ones left out, users their own', async () => {
    const statuses = ['new', 'new', 'in_progress', 'paused', 'success', 'error', 'cancelled', 'success', 'new', 'new'];
    const numbers = await at.pushMany(statuses.length, { userId: ANN.id });
    for (const [index, status] of statuses.entries()) await at.set(numbers[index] as number, { status });
    await at.set(numbers[7] as number, { is_closed: 1 });
    await at.set(numbers[8] as number, { is_hidden: 1 });
    await at.set(numbers[9] as number, { deleted: 1 });
    await at.push({ userId: BOB.id });
    const anns = { new: 2, in_progress: 1, paused: 1, success: 1, error: 1, cancelled: 1 };
    expect(await at.store.counts(ANN)).toEqual(anns);
    expect(await at.store.counts(APPLICATION)).toEqual({ ...anns, new: 3 });
  });

  test('statuses are told of those that are there', async () => {
    const [one, two, flagged] = [await at.push(), await at.push(), await at.push()];
    await at.set(two.number, { status: 'error' });
    await at.set(flagged.number, { deleted: 1 });
    const statuses = await at.store.statuses([one.id, two.id, flagged.id, newJob().id]);
    expect(Object.fromEntries(statuses)).toEqual({ [one.id]: 'new', [two.id]: 'error' });
    expect((await at.store.statuses([])).size).toBe(0);
  });

  /** As many jobs in various statuses; their numbers in the order in which they are listed. */
  async function mixed(count: number, userId?: string): Promise<number[]> {
    const numbers = await at.pushMany(count, { ...(userId && { userId }) });
    const ended = numbers.filter((_, index) => index % 3 === 1);
    await at.database
      .knex('progress_manager')
      .whereIn('number', ended)
      .update({ status: 'success', finished_at: '2030-01-01 00:00:00.000' });
    const unfinished = numbers.filter((number) => !ended.includes(number));
    return [...unfinished.reverse(), ...ended.reverse()];
  }

  async function paged(filter: JobFilter, viewer = APPLICATION, between?: () => Promise<unknown>): Promise<number[]> {
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await at.store.find({ ...filter, ...(cursor && { cursor }) }, viewer);
      expect(page.list.length).toBeLessThanOrEqual(filter.limit as number);
      seen.push(...page.list.map(({ number }) => number));
      cursor = page.nextCursor;
      await between?.();
    } while (cursor && seen.length < 100);
    return seen;
  }

  async function pushAtOnce(count: number): Promise<void> {
    const time = '2030-01-01 00:00:00.000';
    const row = () => ({
      id: newJob().id,
      name: 'Copy',
      type: 'copy',
      data: '{}',
      created_at: time,
      modified_at: time,
    });
    await at.database.knex.batchInsert('progress_manager', Array.from({ length: count }, row), 50);
  }
}
