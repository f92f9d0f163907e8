import { expect, test } from 'vitest';
import { openApplication } from './application.js';

test('why a job is not moving is told to its owner and admins, and to nobody else', async () => {
  await using application = await openApplication();
  const { id, number } = await application.push('ann');
  for (const user of ['ann', 'root'] as const)
    expect(await application.expect(200, user, `GET /api/jobs/${id}/explain`)).toEqual({
      reason: 'no_worker',
      text: 'No worker runs. Start one with "progress-manager work", or "serve".',
    });
  await application.expect(404, 'ben', `GET /api/jobs/${number}/explain`);
  await application.expect(404, 'ann', 'GET /api/jobs/9999/explain');
  await application.work();
  expect(await application.expect(200, 'ann', `GET /api/jobs/${id}/explain`)).toMatchObject({ reason: 'ended' });
});

test('admins pause a type or all, see it, and end it; users do not', async () => {
  await using application = await openApplication();
  const { list } = await application.expect(200, 'root', 'PUT /api/pauses/note');
  expect(list).toEqual([{ scope: 'note', since: expect.any(String), by: 'root' }]);
  expect((await application.expect(200, 'root', 'PUT /api/pauses')).list).toMatchObject([
    { scope: '*' },
    { scope: 'note' },
  ]);
  const { id } = await application.push('ann');
  await application.work();
  expect(await application.expect(200, 'ann', `GET /api/jobs/${id}`)).toMatchObject({ status: { key: 'new' } });
  expect((await application.expect(200, 'root', 'DELETE /api/pauses')).list).toMatchObject([{ scope: 'note' }]);
  expect((await application.expect(200, 'root', 'DELETE /api/pauses/note')).list).toEqual([]);
  expect(await application.expect(200, 'root', 'GET /api/pauses')).toEqual({ list: [] });
  await application.work();
  expect(await application.expect(200, 'ann', `GET /api/jobs/${id}`)).toMatchObject({ status: { key: 'success' } });
  await application.expect(422, 'root', 'PUT /api/pauses/nothing');
  for (const line of [
    'GET /api/pauses',
    'PUT /api/pauses',
    'PUT /api/pauses/note',
    'DELETE /api/pauses',
    'GET /api/workers',
  ])
    expect(await application.expect(403, 'ann', line)).toMatchObject({ code: 'forbidden' });
});

test('admins see the workers', async () => {
  await using application = await openApplication();
  expect(await application.expect(200, 'root', 'GET /api/workers')).toEqual({ list: [] });
});
