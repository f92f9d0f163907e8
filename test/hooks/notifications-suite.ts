import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MakeDatabase } from '../support/shared-database.js';
import type { TestDatabase } from '../support/test-database.js';
import { ANN, forgetAll, openHooked, reached } from './open-hooked.js';

const BEN = { id: 'ben', isAdmin: false };

/** What owners are told of the ends of their jobs. */
export function notificationsSuite(makeDatabase: MakeDatabase): void {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await makeDatabase();
    forgetAll();
  });
  afterEach(() => database[Symbol.asyncDispose]());
  const open = () => openHooked({}, { databaseUrl: database.url });
  const fail = () => {
    throw new Error('on purpose');
  };

  describe('an owner', () => {
    test('is told of a success and of an error, once each, in words', async () => {
      await using hooked = await open();
      const one = await hooked.push({ userId: 'ann' });
      await hooked.tick();
      reached.slice = fail;
      const other = await hooked.push({ userId: 'ann' });
      await hooked.tick();
      await hooked.telling.catchUp();
      await hooked.telling.catchUp();
      const { list, unread, nextCursor } = await hooked.manager.notifications({ user: ANN });
      expect({ unread, nextCursor }).toEqual({ unread: 2, nextCursor: undefined });
      expect(list).toMatchObject([
        { jobNumber: other, name: 'A job', type: 'work', status: 'error', text: 'A job failed', isRead: false },
        { jobNumber: one, status: 'success', text: 'A job was successfully completed', isRead: false },
      ]);
      expect(list[1]?.createdAt).toBe((await hooked.job(one)).finishedAt);
    });

    test('is told nothing of a cancel, a hidden job, a running one, or one of nobody', async () => {
      await using hooked = await open();
      await hooked.manager.cancel(await hooked.push({ userId: 'ann' }));
      await hooked.push({ userId: 'ann', isHidden: true });
      await hooked.push();
      await hooked.tick();
      await hooked.push({ userId: 'ann' });
      await hooked.telling.catchUp();
      expect(await hooked.manager.notifications({ user: ANN })).toEqual({ list: [], unread: 0, nextCursor: undefined });
      expect(await hooked.knex('progress_notification')).toEqual([]);
    });

    test('is told of each end of a job that is tried again, also when it is tried again at once', async () => {
      await using hooked = await open();
      reached.slice = fail;
      const number = await hooked.push({ userId: 'ann' });
      for (let tries = 0; tries < 3; tries++) {
        await hooked.tick();
        await hooked.manager.retry(number);
      }
      reached.slice = () => true;
      await hooked.tick();
      const { list } = await hooked.manager.notifications({ user: ANN });
      expect(list.map(({ status }) => status)).toEqual(['success', 'error', 'error', 'error']);
    });

    test('is told also when the job is retried or removed where it did not end', async () => {
      await using ending = await open();
      await using other = await open();
      const spy = ending.telling as { noted(): Promise<void> };
      reached.slice = fail;
      const numbers = [await ending.push({ userId: 'ann' }), await ending.push({ userId: 'ann' })] as const;
      ending.telling.close();
      await ending.tick();
      await spy.noted();
      expect((await other.manager.notifications({ user: ANN })).list).toEqual([]);
      await other.manager.retry(numbers[0]);
      await other.manager.remove(numbers[1]);
      expect((await other.manager.notifications({ user: ANN })).unread).toBe(2);
    });

    test('reads them, one by one or all, and nobody else’s', async () => {
      await using hooked = await open();
      for (const userId of ['ann', 'ann', 'ann', 'ben']) await hooked.push({ userId });
      await hooked.tick();
      const { list } = await hooked.manager.notifications({ user: ANN });
      const [first, ...others] = list.map(({ id }) => id);
      expect(await hooked.manager.markNotificationsRead({ user: ANN }, [first ?? 0])).toBe(1);
      expect(await hooked.manager.markNotificationsRead({ user: ANN }, [first ?? 0])).toBe(0);
      expect(await hooked.manager.markNotificationsRead({ user: BEN }, others)).toBe(0);
      const unread = await hooked.manager.notifications({ user: ANN }, { unread: true });
      expect(unread.list.map(({ id }) => id)).toEqual(others);
      expect(unread.unread).toBe(2);
      expect(await hooked.manager.markNotificationsRead({ user: ANN }, 'all')).toBe(2);
      expect((await hooked.manager.notifications({ user: BEN })).unread).toBe(1);
      expect((await hooked.manager.notifications({ user: ANN })).list.every(({ isRead }) => isRead)).toBe(true);
    });

    test('pages through them, the newest first', async () => {
      await using hooked = await open();
      for (let at = 0; at < 5; at++) await hooked.push({ userId: 'ann' });
      await hooked.tick();
      const seen: number[] = [];
      let cursor: string | undefined;
      do {
        const page = await hooked.manager.notifications({ user: ANN }, { limit: 2, ...(cursor && { cursor }) });
        seen.push(...page.list.map(({ id }) => id));
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(seen).toHaveLength(5);
      expect(seen).toEqual([...seen].sort((a, b) => b - a));
    });

    test('must be named, and by what is known', async () => {
      await using hooked = await open();
      await expect(hooked.manager.notifications({})).rejects.toMatchObject({ field: 'user' });
      for (const filter of [{ nope: 1 }, { limit: 0 }, { cursor: 'x' }, { unread: 'yes' }])
        await expect(hooked.manager.notifications({ user: ANN }, filter as never)).rejects.toMatchObject({
          status: 400,
        });
      await expect(hooked.manager.markNotificationsRead({ user: ANN }, ['1'] as never)).rejects.toMatchObject({
        field: 'ids',
      });
    });
  });

  test('twenty who tell at once tell each of a hundred ends once', async () => {
    await using first = await open();
    await using second = await open();
    for (const each of [first, second]) each.telling.close();
    for (let at = 0; at < 100; at++) await first.push({ userId: 'ann' });
    while ((await first.tick()) > 0);
    await Promise.all(Array.from({ length: 20 }, (_, at) => (at % 2 ? first : second).telling.catchUp()));
    const rows = await first.knex('progress_notification').select('job_id');
    expect(rows).toHaveLength(100);
    expect(new Set(rows.map(({ job_id }) => job_id)).size).toBe(100);
  });

  test('old notifications are pruned, and are not told again', async () => {
    await using hooked = await open();
    const number = await hooked.push({ userId: 'ann' });
    await hooked.tick();
    await hooked.telling.noted();
    const old = '2020-01-01 00:00:00.000';
    await hooked.manager.prune({ days: 30 });
    expect((await hooked.manager.notifications({ user: ANN })).list).toHaveLength(1);
    await hooked.knex('progress_manager').where({ number }).update({ finished_at: old });
    await hooked.knex('progress_notification').update({ created_at: old });
    await hooked.manager.prune({ days: 30 });
    await hooked.telling.catchUp();
    expect((await hooked.manager.notifications({ user: ANN })).list).toEqual([]);
  });
}
