import { describe, expect, test } from 'vitest';
import { openApplication } from './application.js';

describe('notifications', () => {
  test('are the caller’s, and read by the caller', async () => {
    await using application = await openApplication();
    const job = await application.push('ann', { name: 'Note', data: { text: 'x' } });
    await application.push('ben');
    await application.work();
    const { list, unread, nextCursor } = await application.expect(200, 'ann', 'GET /api/notifications');
    expect({ unread, nextCursor }).toEqual({ unread: 1, nextCursor: null });
    expect(list).toEqual([
      {
        id: expect.any(Number),
        jobId: job.id,
        jobNumber: job.number,
        type: 'note',
        status: 'success',
        text: 'Note was successfully completed',
        createdAt: expect.stringMatching(/Z$/),
        isRead: false,
      },
    ]);
    const ids = [list[0].id];
    expect(await application.expect(200, 'ben', 'POST /api/notifications/read', { body: { ids } })).toEqual({
      read: 0,
    });
    expect(await application.expect(200, 'ann', 'POST /api/notifications/read', { body: { ids } })).toEqual({
      read: 1,
    });
    expect((await application.expect(200, 'ann', 'GET /api/notifications?unread=true')).list).toEqual([]);
    expect(await application.expect(200, 'ben', 'POST /api/notifications/read', { body: { all: true } })).toEqual({
      read: 1,
    });
    expect((await application.expect(200, 'root', 'GET /api/notifications')).list).toEqual([]);
  });

  test('are nobody’s without a key, and asked for with what is known', async () => {
    await using application = await openApplication();
    await application.expect(401, 'nobody', 'GET /api/notifications');
    for (const query of ['unread=yes', 'limit=0', 'limit=x', 'cursor=x', 'nope=1'])
      await application.expect(400, 'ann', `GET /api/notifications?${query}`);
    for (const body of [{}, { ids: ['1'] }, { ids: [1], all: true }, { all: false }, []])
      await application.expect(400, 'ann', 'POST /api/notifications/read', { body });
    await application.expect(405, 'ann', 'POST /api/notifications', { body: {} });
  });
});

test('a push that a hook refuses answers with the hook’s sentence', async () => {
  await using application = await openApplication();
  const registry = application.app.container.get('registry');
  const hook = () => {
    throw new Error('The books are closed.');
  };
  (registry.hooks as Map<string, unknown>).set('beforePush', [{ name: 'beforePush', module: 'm', origin: 'm', hook }]);
  const problem = await application.expect(422, 'ann', 'POST /api/jobs', { body: { name: 'n', type: 'note' } });
  expect(problem).toMatchObject({ code: 'refused_by_hook', detail: 'The books are closed.' });
});
