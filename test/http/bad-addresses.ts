import { describe, expect, test } from 'vitest';
import type { TestApplication } from './application.js';

/** Addresses and methods that lead nowhere. */
export function badAddresses(application: () => TestApplication): void {
  describe('an address', () => {
    test.for([
      ['status=nope', 'status.0'],
      ['status=new,', 'status.1'],
      ['limit=0', 'limit'],
      ['limit=-1', 'limit'],
      ['limit=201', 'limit'],
      ['limit=1e9', 'limit'],
      ['limit=0x10', 'limit'],
      ['limit=1 UNION SELECT', 'limit'],
      ['limit=NaN', 'limit'],
      ['limit=1.5', 'limit'],
      ['limit=%D9%A1', 'limit'],
      ['limit=1_0', 'limit'],
      ['cursor=x', 'cursor'],
      ["cursor=' OR 1=1", 'cursor'],
      ['isClosed=1', 'isClosed'],
      ['isHidden=yes', 'isHidden'],
      ['sort=id;SLEEP(5)', 'sort'],
      ['fields=*', 'fields'],
      ['page=1e12', 'page'],
      ['status[]=new', 'status[]'],
      ['id[id]=1', 'id[id]'],
      ['__proto__=1', '__proto__'],
      ['__proto__[x]=1', '__proto__[x]'],
      ['status=new&status=success', 'status'],
      ['apiKey=x', 'apiKey'],
    ] as const)('with ?%s is refused and names the parameter', async ([query, field]) => {
      expect(await application().expect(400, 'ann', `GET /api/jobs?${query}`)).toMatchObject({
        code: 'invalid_input',
        field,
      });
    });

    test('with 5,000 letters to search for, or 200 types, is refused', async () => {
      expect(await application().expect(400, 'ann', `GET /api/jobs?q=${'x'.repeat(5000)}`)).toMatchObject({
        field: 'q',
      });
      expect(await application().expect(400, 'ann', `GET /api/jobs?type=${'a,'.repeat(200)}`)).toMatchObject({
        field: 'type',
      });
    });

    test('with 10,000 parameters is refused', async () => {
      await application().expect(
        400,
        'ann',
        `GET /api/jobs?${Array.from({ length: 10_000 }, (_, index) => `p${index}=1`).join('&')}`,
      );
    });

    test.for(["' OR 1=1 --", '%ff', '💥', 'ж', '100 %25'])('with ?q=%s finds nothing', async (q) => {
      expect((await application().expect(200, 'ann', `GET /api/jobs?q=${q}`)).total).toBe(0);
    });

    // SQLite ends a text at a NUL: as a pattern it would match every name.
    test.for(['%00', '%00no-such-name', 'a%00b'])('with ?q=%s answers 400', async (q) => {
      await application().expect(400, 'root', `GET /api/jobs?q=${q}`);
    });

    test.for(['nope', "' OR 1=1 --", 'é', 'x,y'])('with ?type=%s finds nothing', async (type) => {
      expect((await application().expect(200, 'ann', `GET /api/jobs?type=${encodeURIComponent(type)}`)).total).toBe(0);
    });

    test.for([
      '0',
      '-1',
      '01',
      '1.0',
      '1e0',
      '0x1',
      '%D9%A1',
      '99999999999999999999',
      '9007199254740993',
      "x' OR '1'='1",
      "1' OR '1'='1",
      '1;SLEEP(5)',
      '%zz',
      '%ff',
      '%00',
      '💥',
      'é',
      '..%2f..',
      '__proto__',
      'toString',
      'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
      '%7B%22id%22%3A1%7D',
    ])('of the job %s answers 404', async (job) => {
      expect(await application().expect(404, 'ann', `GET /api/jobs/${job}`)).toMatchObject({ code: 'job_not_found' });
      await application().expect(404, 'ann', `DELETE /api/jobs/${job}`);
      await application().expect(404, 'ann', `POST /api/jobs/${job}/actions/cancel`);
      await application().expect(404, 'ann', `GET /api/jobs/${job}/files/a`);
    });

    test.for([
      ['POST /api/jobs/1', 'GET, HEAD, DELETE'],
      ['GET /api/jobs/1/actions/cancel', 'POST'],
      ['PATCH /api/jobs', 'GET, HEAD, POST'],
      ['POST /api/files', 'PUT'],
      ['GET /api/session', 'POST, DELETE'],
      ['OPTIONS /api/jobs', 'GET, HEAD, POST'],
      ['FOO /api/me', 'GET, HEAD'],
      ['POST /health/live', 'GET, HEAD'],
      ['POST /', 'GET, HEAD'],
    ] as const)('asked as %s says which methods it takes', async ([line, allow]) => {
      const response = await application().send('ann', line);
      expect([response.status, response.headers.get('Allow')]).toEqual([405, allow]);
    });

    test('is not reached by a header that names another method or address', async () => {
      const headers = { 'X-HTTP-Method-Override': 'DELETE', 'X-Original-URL': '/api/workers' };
      await application().expect(200, 'ann', 'GET /api/jobs/1', { headers });
    });

    test.for(['/api/modules', '/api/stats', '/metrics', '/openapi.json'])(
      '%s of a later version says so',
      async (path) => {
        const problem = await application().expect(404, 'root', `GET ${path}`);
        expect(problem).toMatchObject({
          code: 'not_available',
          detail: expect.stringMatching(/is not available in this version\.$/),
        });
      },
    );

    test.for(['/api', '/api/', '/api/nothing', '/api/jobs/1/nothing', '/api/jobs/', '/nothing', '/a/b/c'])(
      '%s leads nowhere',
      async (path) => {
        expect(await application().expect(404, 'ann', `GET ${path}`)).toMatchObject({ status: 404 });
      },
    );
  });
}
