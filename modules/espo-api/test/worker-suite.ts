import { killAfter } from 'progress-manager/testing';
import { describe, expect, test } from 'vitest';
import type { OpenEspo } from './open-espo.js';

/** What jobs of TreoCore do, on every kind of database. */
export function workerSuite(open: OpenEspo): void {
  test('scenario 4: a job that succeeds offers close, then what its type offers, and is told once', async () => {
    await using at = await open();
    const { id } = await at.push('ann');
    expect(await at.tick()).toBe(1);
    expect(await at.job(id)).toMatchObject({ status: 'success', progress: 100 });
    const { list } = await at.ask(200, 'ann', 'GET ProgressManager/popupData');
    expect(list).toEqual([
      {
        ...{ id, name: 'Export', progress: 100 },
        status: { key: 'success', translate: 'Success' },
        actions: [
          { type: 'close', data: {} },
          { type: 'download_export_file', data: { url: `files/${id}.csv` } },
        ],
      },
    ]);
    expect(await at.told('ann')).toEqual(['Export was successfully completed']);
    expect(await at.told('ben')).toEqual([]);
  });

  test('scenario 5: each slice begins where the last one ended, in another process too', async () => {
    const seen: unknown[] = [];
    await using at = await open({
      slice: (service, { offset, data }) => {
        seen.push([offset, data]);
        service.setData({ ...(data as object), seen: offset + 1 });
        service.advance(offset + 1, 3);
        return true;
      },
    });
    const { id } = await at.push('ann');
    const { job, slices, deaths } = await at.kit.carry(id, { kill: killAfter(1) });
    expect(slices.map(({ progress }) => progress)).toEqual([33.33, 66.67, 100]);
    expect([job.status, deaths]).toEqual(['success', 1]);
    expect(seen).toEqual([
      [0, { a: 1 }],
      [1, { a: 1, seen: 1 }],
      // The worker died in this one, before it was recorded.
      [1, { a: 1, seen: 1 }],
      [2, { a: 1, seen: 2 }],
    ]);
  });

  test('scenario 7: one tick starts five of seven new jobs; all end, the oldest first', async () => {
    const begun: string[] = [];
    await using at = await open({
      slice: (service, { name }) => {
        begun.push(name);
        service.advance(1, 1);
        return true;
      },
    });
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await at.push('ann', name);
    expect(await at.tick()).toBe(5);
    expect([...begun].sort().join('')).toBe('abcde');
    expect(await at.tick()).toBe(2);
    const { list } = await at.ask(200, 'ann', 'GET ProgressManager/popupData');
    expect(list.map(({ status }: { readonly status: { readonly key: string } }) => status.key)).toEqual(
      Array(7).fill('success'),
    );
  });

  test('T10: false writes nothing, true does', async () => {
    let answer = false;
    await using at = await open({
      slice: (service) => {
        service.setData({ b: 2 });
        service.advance(1, 2);
        return answer;
      },
    });
    const { id } = await at.push('ann');
    await at.tick();
    expect(await at.job(id)).toMatchObject({ status: 'in_progress', progress: 0, offset: 0, data: { a: 1 } });
    answer = true;
    at.kit.clock.advance(1000);
    await at.tick();
    expect(await at.job(id)).toMatchObject({ status: 'in_progress', progress: 50, offset: 1, data: { b: 2 } });
  });

  test('T9: a job runs as the one who pushed it', async () => {
    const users: unknown[] = [];
    await using at = await open({
      slice: (service, _job, { user }) => {
        users.push(user);
        service.advance(1, 1);
        return true;
      },
    });
    const ann = at.espo.as({ id: 'ann', isAdmin: false });
    expect(await ann.push('Export', 'export')).toBe(true);
    await at.tick();
    expect(users).toMatchObject([{ id: 'ann' }]);
  });

  test.each([undefined, null, 'text', 5])(
    'scenario 13: B9: a handler that throws %j ends its job, and no other',
    async (thrown) => {
      await using at = await open({
        slice: (service, { name }) => {
          if (name === 'bad') throw thrown;
          service.advance(1, 1);
          return true;
        },
      });
      const [bad, good] = [await at.push('ann', 'bad'), await at.push('ann', 'good')];
      expect(await at.tick()).toBe(2);
      expect([(await at.job(bad.id)).status, (await at.job(good.id)).status]).toEqual(['error', 'success']);
      expect(await at.tick()).toBe(0);
    },
  );

  describe('B3: notifications', () => {
    test('are one for each end, with the name as it is, and none of what is hidden, cancelled, or goes on', async () => {
      await using at = await open({
        slice: (service, { name, offset }) => {
          if (name.startsWith('Bad')) throw new Error('on purpose');
          service.advance(offset + 1, name.startsWith('Long') ? 3 : 1);
          return true;
        },
      });
      await at.push('ann', 'Good');
      await at.push('ann', 'Bad hidden', {}, true);
      await at.push('ann', 'Good hidden', {}, true);
      const cancelled = await at.push('ann', 'Long, cancelled');
      await at.kit.progressManager.cancel(cancelled.id);
      await at.tick();
      // B16: a percent sign in a name, or a missing letter in a format, cannot break a text.
      await at.push('ann', 'Bad %s, 100 % d');
      await at.push('ann', 'Long');
      await at.tick();
      expect(await at.told('ann')).toEqual(['Bad %s, 100 % d failed', 'Good was successfully completed']);
      expect(await at.ask(200, 'ann', 'GET Notification/action/notReadCount')).toBe(2);
      expect(await at.ask(200, 'ann', 'POST Notification/action/markAllRead')).toBe(true);
      expect(await at.ask(200, 'ann', 'GET Notification/action/notReadCount')).toBe(0);
    });

    test('are listed as EspoCRM does', async () => {
      await using at = await open({ startAt: '2030-01-04T12:00:00Z' });
      await at.push('ann', 'First');
      await at.tick();
      await at.push('ann', 'Second');
      await at.tick();
      const { total, list } = await at.ask(200, 'ann', 'GET Notification');
      expect([total, list[0]]).toEqual([
        2,
        {
          ...{ id: expect.any(String), type: 'Message', message: 'Second was successfully completed' },
          ...{ read: false, userId: 'ann', createdAt: '2030-01-04 12:00:00' },
        },
      ]);
      expect(await at.ask(200, 'ann', 'GET Notification?maxSize=1')).toEqual({ total: -1, list: [list[0]] });
      expect(await at.ask(200, 'ben', 'GET Notification')).toEqual({ total: 0, list: [] });
    });
  });

  describe('scenario 12: T22: a standstill', () => {
    const notReadCount = 'GET Notification/action/notReadCount';
    const sign = (at: Awaited<ReturnType<OpenEspo>>) =>
      at.kit.knex('progress_worker').insert({
        ...{ id: 'elsewhere:1/0', types: '[]', places: 5 },
        started_at: at.kit.clock.bound(),
        seen_at: at.kit.clock.bound(),
      });

    test('of 120 s is told to those whose jobs wait, in the header that the client shows', async () => {
      await using at = await open();
      await at.push('ann');
      at.kit.clock.advance(119_999);
      expect(await at.ask(200, 'ann', notReadCount)).toBe(0);
      at.kit.clock.advance(1);
      const response = await at.send('ann', notReadCount);
      const words = 'No worker has been seen for 120 s, and jobs wait for one. Ask an admin to start it.';
      expect([response.status, response.headers.get('X-Status-Reason')]).toEqual([500, words]);
      expect(await response.json()).toMatchObject({ code: 'no_worker', detail: words });
      expect(await at.ask(200, 'ben', notReadCount)).toBe(0);
      await sign(at);
      expect(await at.ask(200, 'ann', notReadCount)).toBe(0);
      at.kit.clock.advance(119_999);
      expect(await at.ask(200, 'ann', notReadCount)).toBe(0);
      at.kit.clock.advance(1);
      await at.ask(500, 'ann', notReadCount);
    });

    test('is none while a job waits for its time or for another job, is paused, or has ended', async () => {
      await using at = await open();
      const { progressManager, clock } = at.kit;
      const next = { name: 'Next', type: 'export' as string };
      const first = await progressManager.push('First', 'export' as string, {}, { userId: 'ann', next });
      await progressManager.pause(first.id);
      const runAt = new Date(clock.now.getTime() + 3_600_000).toISOString();
      const late = await progressManager.push('Late', 'export' as string, {}, { userId: 'ann', runAt });
      const paused = await at.push('ann');
      await progressManager.pause(paused.id);
      clock.advance(3_600_000 + 119_999);
      expect(await at.ask(200, 'ann', notReadCount)).toBe(0);
      clock.advance(1);
      await at.ask(500, 'ann', notReadCount);
      await at.kit.carry(late);
      expect(await at.ask(200, 'ann', notReadCount)).toBe(1);
    });
  });
}
