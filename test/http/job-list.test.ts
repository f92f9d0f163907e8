import { describe, expect, test } from 'vitest';
import { openApplication } from './application.js';

describe('the list', () => {
  test('holds one’s own jobs for users and all for admins', async () => {
    await using application = await openApplication();
    const { id } = await application.push('ann');
    await application.push('ben');
    const own = await application.expect(200, 'ann', 'GET /api/jobs');
    expect(own).toMatchObject({
      total: 1,
      totalIsCapped: false,
      nextCursor: null,
      list: [{ id, status: { key: 'new' } }],
    });
    expect(own.list[0]).not.toHaveProperty('data');
    expect((await application.expect(200, 'root', 'GET /api/jobs')).total).toBe(2);
    expect((await application.expect(200, 'ann', 'GET /api/jobs?userId=ben')).total).toBe(0);
    expect((await application.expect(200, 'root', 'GET /api/jobs?userId=ben')).total).toBe(1);
  });

  test('holds an admin’s own jobs alone where only those are asked for', async () => {
    await using application = await openApplication();
    await application.push('ben');
    const { id } = await application.push('root');
    const { list } = await application.expect(200, 'root', 'GET /api/jobs?mine=true');
    expect(list).toMatchObject([{ id }]);
    expect((await application.expect(200, 'root', 'GET /api/jobs?mine=false')).total).toBe(2);
    await application.expect(400, 'root', 'GET /api/jobs?mine=true&userId=ben');
    await application.expect(400, 'root', 'GET /api/jobs?mine=1');
  });

  test('says how many of one’s own are unfinished, whatever is on the page, and anew when that changes', async () => {
    await using application = await openApplication();
    await application.work();
    for (let jobs = 0; jobs < 3; jobs++) await application.push('ann');
    await application.push('ann', { isHidden: true });
    await application.push('ben');
    const own = async (who: 'ann' | 'root', query = '') =>
      (await application.expect(200, who, `GET /api/jobs?limit=1${query}`)).ownUnfinished;
    expect([await own('ann'), await own('ann', '&status=error'), await own('root')]).toEqual([3, 3, 0]);
    // The job that ends is on no page that is asked for.
    const path = 'GET /api/jobs?status=error';
    const tag = (await application.send('ann', path)).headers.get('ETag') ?? '';
    const again = async () => (await application.send('ann', path, { headers: { 'If-None-Match': tag } })).status;
    expect(await again()).toBe(304);
    await application.work();
    expect(await again()).toBe(200);
    expect(await own('ann')).toBe(0);
    const many = Array.from({ length: 101 }, () => ({ name: 'n', type: 'note', options: { userId: 'ann' } }));
    await application.app.container.get('progressManager').pushMany(many);
    expect(await own('ann')).toBe(100);
  });

  test('goes page by page', async () => {
    await using application = await openApplication();
    for (const name of ['a', 'b', 'c']) await application.push('ann', { name });
    const first = await application.expect(200, 'ann', 'GET /api/jobs?limit=2');
    const second = await application.expect(
      200,
      'ann',
      `GET /api/jobs?limit=2&cursor=${encodeURIComponent(first.nextCursor)}`,
    );
    expect([...first.list, ...second.list].map(({ name }) => name)).toEqual(['c', 'b', 'a']);
    expect(second.nextCursor).toBeNull();
  });

  test('is narrowed by status, type and words; a parameter without a value narrows nothing', async () => {
    await using application = await openApplication();
    await application.push('ann', { name: '100 %_done' });
    await application.push('ann', { name: 'other', type: 'anything' });
    const total = async (query: string) => (await application.expect(200, 'ann', `GET /api/jobs?${query}`)).total;
    expect(await total('parent=1')).toBe(0);
    await application.expect(400, 'ann', 'GET /api/jobs?parent=x');
    expect(await total('status=new,in_progress')).toBe(2);
    expect(await total('status=success')).toBe(0);
    expect(await total('type=anything')).toBe(1);
    expect(await total('q=%25_')).toBe(1);
    expect(await total(`q=${'%25'.repeat(200)}`)).toBe(0);
    expect(await total('status=&type=&userId=&q=&isClosed=&isHidden=&limit=&cursor=')).toBe(2);
  });

  test('leaves closed and hidden jobs out unless asked', async () => {
    await using application = await openApplication();
    await application.push('ann', { isHidden: true });
    const { id } = await application.push('ann');
    await application.work();
    await application.expect(200, 'ann', `POST /api/jobs/${id}/actions/close`);
    const total = async (query: string) => (await application.expect(200, 'ann', `GET /api/jobs?${query}`)).total;
    expect([await total(''), await total('isClosed=true'), await total('isHidden=true')]).toEqual([0, 1, 1]);
  });
});

test('types are those the caller may start', async () => {
  await using application = await openApplication();
  const typesOf = async (who: 'ann' | 'root') =>
    (await application.expect(200, who, 'GET /api/types'))
      .map(({ type }: { type: string }) => type)
      .filter((type: string) => ['note', 'audit'].includes(type));
  expect(await typesOf('ann')).toEqual(['note']);
  expect((await typesOf('root')).sort()).toEqual(['audit', 'note']);
  const [note] = (await application.expect(200, 'ann', 'GET /api/types')).filter(
    ({ type }: { type: string }) => type === 'note',
  );
  expect(note).toEqual({ type: 'note', label: 'Note', module: 'note', schema: expect.anything() });
});
