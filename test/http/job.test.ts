import { describe, expect, test, vi } from 'vitest';
import { until } from '../support/until.js';
import { openApplication } from './application.js';

const NOWHERE = '00000000-0000-7000-8000-000000000000';

describe('one job', () => {
  test('is found by id and by number', async () => {
    await using application = await openApplication();
    const { id, number } = await application.push('ann');
    expect(await application.expect(200, 'ann', `GET /api/jobs/${id}`)).toMatchObject({ number });
    expect(await application.expect(200, 'ann', `GET /api/jobs/${number}`)).toMatchObject({ id });
  });

  test('says when to look again until it has ended', async () => {
    await using application = await openApplication();
    const { id } = await application.push('ann');
    expect((await application.send('ann', `GET /api/jobs/${id}`)).headers.get('Retry-After')).toBe('1');
    await application.work();
    const ended = await application.send('ann', `GET /api/jobs/${id}`);
    expect(ended.headers.get('Retry-After')).toBeNull();
    expect(await ended.json()).toMatchObject({
      status: { key: 'success', translate: 'Success' },
      progress: 100,
      processed: 1,
      total: 1,
      counts: { ok: 1, failed: 0, skipped: 0 },
      result: { url: 'note.txt' },
      files: [{ name: 'note.txt', size: 10 }],
      finishedAt: expect.any(String),
    });
  });

  test('with Prefer: wait is answered when it ends', async () => {
    await using application = await openApplication();
    const { id } = await application.push('ann');
    const begun = performance.now();
    const waiting = application.send('ann', `GET /api/jobs/${id}`, { headers: { Prefer: 'respond-async, wait=20' } });
    await application.work();
    const response = await waiting;
    expect(await response.json()).toMatchObject({ status: { key: 'success' } });
    expect(response.headers.get('Preference-Applied')).toBe('wait=20');
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  test('of a client that goes away with Prefer: wait nobody looks after the job any more', async () => {
    await using application = await openApplication();
    const { id } = await application.push('ann');
    const client = new AbortController();
    const looks = vi.spyOn(application.app.container.get('jobStore'), 'statuses');
    const waiting = application.send('ann', `GET /api/jobs/${id}`, {
      headers: { Prefer: 'wait=20' },
      signal: client.signal,
    });
    await until('a look', () => looks.mock.calls.length > 0);
    client.abort();
    expect((await waiting).status).toBe(200);
    const before = looks.mock.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(looks.mock.calls.length).toBe(before);
  });

  test('with Prefer: wait is answered as it is when the time is up', async () => {
    await using application = await openApplication();
    const { id } = await application.push('ann');
    const begun = performance.now();
    const job = await application.expect(200, 'ann', `GET /api/jobs/${id}`, { headers: { Prefer: 'wait=1' } });
    expect(job.status.key).toBe('new');
    expect(performance.now() - begun).toBeGreaterThan(900);
  });

  test('a wait of hours is cut to 30 seconds, one that cannot be read is none', async () => {
    await using application = await openApplication();
    const { id } = await application.push('ann');
    await application.work();
    const applied = async (prefer: string) =>
      (await application.send('ann', `GET /api/jobs/${id}`, { headers: { Prefer: prefer } })).headers.get(
        'Preference-Applied',
      );
    expect(await applied('wait=7200')).toBe('wait=30');
    for (const prefer of ['wait=-1', 'wait=x', 'wait=1e9', 'await=5', 'wait='])
      expect(await applied(prefer)).toBeNull();
  });

  test('is removed when it has ended, not before', async () => {
    await using application = await openApplication();
    const { id } = await application.push('ann');
    expect(await application.expect(409, 'ann', `DELETE /api/jobs/${id}`)).toMatchObject({ jobStatus: 'new' });
    await application.work();
    await application.expect(204, 'ann', `DELETE /api/jobs/${id}`);
    await application.expect(404, 'ann', `GET /api/jobs/${id}`);
  });

  test('counts are per status, of one’s own', async () => {
    await using application = await openApplication();
    await application.push('ann');
    await application.push('ben');
    expect(await application.expect(200, 'ann', 'GET /api/jobs/counts')).toEqual({
      new: 1,
      in_progress: 0,
      paused: 0,
      success: 0,
      error: 0,
      cancelled: 0,
    });
  });
});

describe('the job of another', () => {
  test.for([
    'GET /api/jobs/:job',
    'DELETE /api/jobs/:job',
    'POST /api/jobs/:job/actions/cancel',
    'POST /api/jobs/:job/actions/close',
    'GET /api/jobs/:job/files/note.txt',
  ])('%s answers just as for a job that is not there', async (line) => {
    await using application = await openApplication();
    const { id } = await application.push('ann');
    await application.work();
    const answer = async (job: string) => {
      const { requestId, ...problem } = await application.expect(404, 'ben', line.replace(':job', job), {
        headers: { Prefer: 'wait=5' },
      });
      return JSON.stringify(problem).replaceAll(job, ':job');
    };
    expect(await answer(id)).toBe(await answer(NOWHERE));
    expect(await application.expect(200, 'ann', `GET /api/jobs/${id}`)).toMatchObject({ status: { key: 'success' } });
  });
});
