import { describe, expect, test } from 'vitest';
import { openApplication } from './application.js';

describe('a push', () => {
  test('answers 202 with the job and where to look for it, and when', async () => {
    await using application = await openApplication();
    const response = await application.send('ann', 'POST /api/jobs', {
      body: { name: 'Note 💥 <b>', type: 'note', data: { text: 'x' } },
    });
    const job = (await response.json()) as { id: string };
    expect(response.status).toBe(202);
    expect(response.headers.get('Location')).toBe(`/api/jobs/${job.id}`);
    expect(response.headers.get('Retry-After')).toBe('1');
    expect(job).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      number: expect.any(Number),
      name: 'Note 💥 <b>',
      type: 'note',
      status: { key: 'new', translate: 'New' },
      progress: 0,
      processed: 0,
      total: null,
      counts: { ok: 0, failed: 0, skipped: 0 },
      message: null,
      phase: null,
      eta: null,
      attempt: 0,
      priority: 0,
      key: null,
      runAt: null,
      waitsFor: null,
      parent: null,
      children: null,
      actions: expect.arrayContaining([{ type: 'cancel', label: 'Cancel', data: expect.any(Object) }]),
      userId: 'ann',
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      startedAt: null,
      modifiedAt: expect.any(String),
      finishedAt: null,
      isClosed: false,
      worker: null,
      data: { text: 'x' },
      result: null,
      error: null,
      files: [],
    });
  });

  test('with an id that is known is the job it was, unchanged', async () => {
    await using application = await openApplication();
    const id = '01939b9c-0000-7000-8000-000000000001';
    const first = await application.push('ann', { id });
    const again = await application.push('ann', { id, name: 'Another name' });
    expect(again).toMatchObject({ number: first.number, name: 'A note' });
    const taken = await application.expect(409, 'ben', 'POST /api/jobs', { body: { id, name: 'n', type: 'note' } });
    expect(taken.code).toBe('id_taken');
    expect(JSON.stringify(taken)).not.toContain('ann');
  });

  test('with a busy key is refused, or joins; of the job of another nothing is told', async () => {
    await using application = await openApplication();
    const { id } = await application.push('ann', { key: 'k' });
    const body = { name: 'n', type: 'note', key: 'k' };
    expect(await application.expect(409, 'ann', 'POST /api/jobs', { body })).toMatchObject({
      code: 'key_busy',
      jobId: id,
    });
    expect(await application.push('ann', { key: 'k', onKey: 'join' })).toMatchObject({ id });
    for (const onKey of ['reject', 'join']) {
      const refused = await application.expect(409, 'ben', 'POST /api/jobs', { body: { ...body, onKey } });
      expect(refused.code).toBe('key_busy');
      expect(JSON.stringify(refused)).not.toMatch(new RegExp(`${id}|ann`));
    }
  });

  test('is for oneself; admins push for others', async () => {
    await using application = await openApplication();
    expect(await application.push('ann', { userId: 'ann' })).toMatchObject({ userId: 'ann' });
    expect(await application.push('root', { userId: 'ben' })).toMatchObject({ userId: 'ben' });
    await application.expect(403, 'ann', 'POST /api/jobs', { body: { name: 'n', type: 'note', userId: 'ben' } });
    expect((await application.expect(200, 'ben', 'GET /api/jobs')).total).toBe(1);
  });

  test('names no files of the server, not even for admins', async () => {
    await using application = await openApplication();
    const body = { name: 'n', type: 'note', files: [{ path: '/etc/hostname' }] };
    expect(await application.expect(400, 'root', 'POST /api/jobs', { body })).toMatchObject({ field: 'files.0' });
  });

  test('of a type for admins is refused to others', async () => {
    await using application = await openApplication();
    await application.expect(403, 'ann', 'POST /api/jobs', { body: { name: 'n', type: 'audit' } });
    await application.push('root', { type: 'audit' });
  });

  test('may name what starts when it succeeds, in the same form', async () => {
    await using application = await openApplication();
    const next = { name: 'Then', type: 'note', key: 'k', next: [{ name: 'Last', type: 'note' }] };
    const { number } = await application.expect(202, 'ann', 'POST /api/jobs', {
      body: { name: 'First', type: 'note', next },
    });
    const then = await application.expect(200, 'ann', `GET /api/jobs/${number + 1}`);
    expect(then).toMatchObject({ name: 'Then', key: 'k', waitsFor: number, userId: 'ann' });
    expect(await application.expect(200, 'ann', `GET /api/jobs/${number + 2}`)).toMatchObject({ waitsFor: number + 1 });
    for (const wrong of ['x', [1], [{ name: 5 }], [{ name: 'x', type: 'note', files: [{ path: '/etc/passwd' }] }]]) {
      const body = { name: 'First', type: 'note', next: wrong };
      expect((await application.expect(400, 'ann', 'POST /api/jobs', { body })).detail).toMatch(/next/);
    }
    const body = { name: 'First', type: 'note', next: { name: 'x', type: 'audit' } };
    await application.expect(403, 'ann', 'POST /api/jobs', { body });
    expect((await application.expect(200, 'ann', 'GET /api/jobs')).total).toBe(3);
  });

  test('with a transaction is refused: no client can have one', async () => {
    await using application = await openApplication();
    const body = { name: 'n', type: 'note', transaction: { execute: 1 } };
    const problem = await application.expect(400, 'root', 'POST /api/jobs', { body });
    expect(problem.detail).toMatch(/transaction.*is an option for code only/);
  });

  test.for(['waitsFor'])('with the option %s of later is refused with a sentence', async (option) => {
    await using application = await openApplication();
    const problem = await application.expect(404, 'ann', 'POST /api/jobs', {
      body: { name: 'n', type: 'note', [option]: {} },
    });
    expect(problem).toMatchObject({ code: 'not_available', detail: expect.stringContaining(option) });
    expect((await application.expect(200, 'ann', 'GET /api/jobs')).total).toBe(0);
  });
});
