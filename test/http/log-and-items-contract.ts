import type { BootOptions } from 'progress-manager';
import { beforeAll, describe, expect, test } from 'vitest';
import { openApplication, type TestApplication } from './application.js';

/** What a job said, and what became of its items, as its owner and admins read it. */
export function logAndItemsContract(database: () => Promise<Partial<BootOptions>>): void {
  let application: TestApplication;
  let job: { readonly id: string; readonly number: number };
  let silent: { readonly id: string };

  beforeAll(async () => {
    application = await openApplication(await database());
    const data = {
      lines: ['one', 'two', 'bad', 'four'],
      failed: ['b', '=1+1', 'x"y', 'zwei\r\nZeilen'],
      skipped: ['c'],
      told: ['begun', 'one is bad'],
    };
    job = await application.push('ann', { type: 'anything', data });
    silent = await application.push('ann', { type: 'anything' });
    await application.work();
    return () => application[Symbol.asyncDispose]();
  });

  const get = (path: string) => application.expect(200, 'ann', `GET /api/jobs/${job.id}${path}`);
  const messages = (page: { list: { message: string }[] }) => page.list.map(({ message }) => message);

  describe('the log', () => {
    test('has every line, with what it was said with', async () => {
      const page = await get('/log');
      expect(messages(page)).toEqual(['one', 'two', 'bad', 'four']);
      expect(page.list[2]).toEqual({
        ...{ seq: expect.any(Number), at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/), level: 'error' },
        ...{ message: 'bad', details: { length: 3 }, attempt: 1, slice: 0 },
      });
      expect(page.next).toBe(page.list[3].seq);
      expect(await application.expect(200, 'root', `GET /api/jobs/${job.number}/log`)).toEqual(page);
    });

    test('goes page by page, by level and by attempt', async () => {
      const first = await get('/log?limit=3');
      expect(messages(await get(`/log?limit=3&after=${first.next}`))).toEqual(['four']);
      expect(messages(await get('/log?level=warning'))).toEqual(['bad']);
      expect(messages(await get('/log?attempt=2'))).toEqual([]);
      expect(messages(await get('/log?after=&limit=&level=&attempt='))).toHaveLength(4);
    });

    test('that is empty says where to go on', async () => {
      const line = `GET /api/jobs/${silent.id}/log`;
      expect(await application.expect(200, 'ann', line)).toEqual({ list: [], next: 0 });
    });

    test('is not sent again while it is the same', async () => {
      const line = `GET /api/jobs/${job.id}/log`;
      const etag = (await application.send('ann', line)).headers.get('ETag') ?? '';
      const again = await application.send('ann', line, { headers: { 'If-None-Match': etag } });
      expect([again.status, await again.text()]).toEqual([304, '']);
      expect((await application.send('root', line, { headers: { 'If-None-Match': etag } })).status).toBe(200);
    });
  });

  describe('the items', () => {
    test('are listed with their reasons, and by outcome', async () => {
      const page = await get('/items');
      expect(page.list.map(({ key }: { key: string }) => key)).toEqual(['b', '=1+1', 'x"y', 'zwei\r\nZeilen', 'c']);
      expect(page.list[0]).toEqual({
        ...{ seq: expect.any(Number), key: 'b', outcome: 'failed', reason: 'b is wrong' },
        ...{ at: expect.stringMatching(/Z$/), attempt: 1, slice: 0 },
      });
      expect(await get('/items?outcome=skipped')).toMatchObject({ list: [{ key: 'c', reason: null }] });
      const first = await get('/items?limit=4');
      expect(await get(`/items?limit=4&after=${first.next}`)).toMatchObject({ list: [{ key: 'c' }] });
      expect((await get('')).counts).toEqual({ ok: 0, failed: 4, skipped: 1 });
    });

    test('come as a file that is safe to open', async () => {
      const response = await application.send('ann', `GET /api/jobs/${job.id}/items.csv?outcome=failed`);
      expect(response.headers.get('Content-Type')).toBe('text/csv; charset=utf-8; header=present');
      expect(response.headers.get('Content-Disposition')).toMatch(/^attachment; filename="job-\d+-failed\.csv"/);
      const rows = (await response.text()).replaceAll(/"\d{4}-[^"]*Z"/g, 'TIME');
      expect(rows).toBe(
        [
          '"key","outcome","reason","at","attempt","slice"',
          '"b","failed","b is wrong",TIME,1,0',
          `"'=1+1","failed","'=1+1 is wrong",TIME,1,0`,
          '"x""y","failed","x""y is wrong",TIME,1,0',
          '"zwei\r\nZeilen","failed","zwei\r\nZeilen is wrong",TIME,1,0',
          '',
        ].join('\r\n'),
      );
      const head = await application.send('ann', `HEAD /api/jobs/${job.id}/items.csv`);
      expect([head.status, await head.text()]).toEqual([200, '']);
    });

    test('come as a file of many pages', async () => {
      const many = await application.push('ann', {
        ...{ type: 'anything', data: { skipped: Array.from({ length: 2500 }, (_, key) => `key ${key}`) } },
      });
      await application.work();
      const csv = await (await application.send('ann', `GET /api/jobs/${many.id}/items.csv`)).text();
      const keys = csv
        .split('\r\n')
        .slice(1, -1)
        .map((row) => row.split(',')[0]);
      expect(keys).toEqual(Array.from({ length: 2500 }, (_, key) => `"key ${key}"`));
    });
  });

  describe('the messages', () => {
    const message = (text: string) => ({ seq: expect.any(Number), at: expect.stringMatching(/Z$/), text });

    test('are what the job told, and not sent again while they are the same', async () => {
      const line = `GET /api/jobs/${job.id}/messages`;
      expect(await get('/messages')).toEqual({ list: [message('begun'), message('one is bad')] });
      const etag = (await application.send('ann', line)).headers.get('ETag') ?? '';
      const again = await application.send('ann', line, { headers: { 'If-None-Match': etag } });
      expect([again.status, await again.text()]).toEqual([304, '']);
    });

    test('are given once by clear, and to nobody whose job it is not', async () => {
      const own = await application.push('ann', { type: 'anything', data: { told: ['a', 'b'] } });
      await application.work();
      const clear = `POST /api/jobs/${own.id}/messages/clear`;
      await application.expect(404, 'ben', clear);
      expect((await application.send('nobody', clear)).status).toBe(401);
      const headers = { 'Content-Type': 'application/json' };
      expect((await application.send('ann', clear, { headers, body: '{"before":2}' })).status).toBe(400);
      expect(await application.expect(200, 'ann', clear)).toEqual({ list: [message('a'), message('b')] });
      expect(await application.expect(200, 'ann', clear)).toEqual({ list: [] });
      expect(await application.expect(200, 'ann', `GET /api/jobs/${own.id}/messages`)).toEqual({ list: [] });
    });
  });

  const ROUTES = ['log', 'items', 'items.csv', 'messages'] as const;

  describe.each(ROUTES)('%s', (route) => {
    test('is there for the owner and for admins, and reads as missing to all others', async () => {
      const answers = await Promise.all(
        (['nobody', 'ann', 'ben', 'root'] as const).map((who) =>
          application.send(who, `GET /api/jobs/${job.id}/${route}`),
        ),
      );
      expect(answers.map(({ status }) => status)).toEqual([401, 200, 404, 200]);
      const foreign = await answers[2]?.json();
      const none = await application.expect(404, 'ben', `GET /api/jobs/${job.number + 1000}/${route}`);
      const known = { title: none.title, code: none.code, status: none.status };
      expect(foreign).toMatchObject(known);
      expect(JSON.stringify(foreign)).not.toContain('one');
      for (const ref of [job.number, String(job.number)]) {
        expect((await application.send('ben', `GET /api/jobs/${ref}/${route}`)).status).toBe(404);
      }
      for (const ref of ['0', '-1', "1'--", '%F0%9F%92%A5', '1e3'])
        expect((await application.send('root', `GET /api/jobs/${ref}/${route}`)).status).toBe(404);
    });

    const wrong: Record<(typeof ROUTES)[number], readonly string[]> = {
      log: [
        'limit=0',
        'limit=1001',
        'after=-1',
        'after=1e3',
        'level=fatal',
        'attempt=0',
        'attempt=9999999999',
        'nope=1',
      ],
      items: ['limit=0', 'limit=1001', 'after=-1', 'outcome=ok', 'outcome=failed,skipped', 'nope=1'],
      'items.csv': ['limit=10', 'outcome=ok', 'nope=1'],
      messages: ['limit=10', 'clear=true'],
    };
    test.each(wrong[route])('refuses ?%s by name', async (query) => {
      const problem = await application.expect(400, 'ann', `GET /api/jobs/${job.id}/${route}?${query}`);
      expect(problem).toMatchObject({ code: 'invalid_input', field: query.split('=')[0] });
    });

    test('takes no other method', async () => {
      expect((await application.send('ann', `POST /api/jobs/${job.id}/${route}`)).status).toBe(405);
    });
  });
}
