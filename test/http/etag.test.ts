import { describe, expect, test, vi } from 'vitest';
import { openApplication } from './application.js';

describe('an ETag', () => {
  test.for(['/api/jobs', '/api/jobs/1'])('of %s saves the body until the job changes', async (path) => {
    await using application = await openApplication();
    const { number } = await application.push('ann');
    expect(number).toBe(1);
    const first = await application.send('ann', `GET ${path}`);
    const etag = first.headers.get('ETag') ?? '';
    expect(etag).toMatch(/^W\/"/);
    expect(first.headers.get('Cache-Control')).toBe('private, no-cache');
    const again = await application.send('ann', `GET ${path}`, { headers: { 'If-None-Match': `"x", ${etag}` } });
    expect([again.status, await again.text(), again.headers.get('ETag')]).toEqual([304, '', etag]);
    await application.expect(200, 'ann', 'POST /api/jobs/1/actions/cancel');
    const changed = await application.send('ann', `GET ${path}`, { headers: { 'If-None-Match': etag } });
    expect(changed.status).toBe(200);
    expect(changed.headers.get('ETag')).not.toBe(etag);
  });

  test('of a list is known without reading the jobs, whose data may be large', async () => {
    await using application = await openApplication();
    await application.push('ann');
    const etag = (await application.send('ann', 'GET /api/jobs')).headers.get('ETag') ?? '';
    const find = vi.spyOn(application.app.container.get('jobStore'), 'find');
    expect((await application.send('ann', 'GET /api/jobs', { headers: { 'If-None-Match': etag } })).status).toBe(304);
    expect(find).not.toHaveBeenCalled();
    await application.send('ann', 'GET /api/jobs');
    expect(find).toHaveBeenCalledOnce();
  });

  test('differs by who asks and what for', async () => {
    await using application = await openApplication();
    await application.push('ann');
    const etagOf = async (who: 'ann' | 'root', path: string) =>
      (await application.send(who, `GET ${path}`)).headers.get('ETag');
    const tags = [
      await etagOf('ann', '/api/jobs'),
      await etagOf('root', '/api/jobs'),
      await etagOf('ann', '/api/jobs?limit=5'),
      await etagOf('ann', '/api/jobs/1'),
    ];
    expect(new Set(tags).size).toBe(4);
  });

  test('changes when a job is removed from the list', async () => {
    await using application = await openApplication();
    await application.push('ann');
    await application.work();
    const before = (await application.send('ann', 'GET /api/jobs')).headers.get('ETag') ?? '';
    await application.expect(204, 'ann', 'DELETE /api/jobs/1');
    expect((await application.send('ann', 'GET /api/jobs', { headers: { 'If-None-Match': before } })).status).toBe(200);
  });
});
