import { describe, expect, test } from 'vitest';
import type { TestApplication } from './application.js';

const push = (fields: object) => JSON.stringify({ name: 'n', type: 'anything', ...fields });
const json = { 'Content-Type': 'application/json' };

/** Pushes that are refused for what they say, and odd ones that are kept literally. */
export function badPushes(application: () => TestApplication): void {
  describe('a push', () => {
    test.for([
      [{ name: undefined }, 'name'],
      [{ name: '' }, 'name'],
      [{ name: 'x'.repeat(300) }, 'name'],
      [{ name: null }, 'name'],
      [{ name: {} }, 'name'],
      [{ name: 5 }, 'name'],
      [{ name: ['a'] }, 'name'],
      [{ name: { toSqlString: '1 OR 1=1' } }, 'name'],
      [{ type: undefined }, 'type'],
      [{ type: null }, 'type'],
      [{ type: {} }, 'type'],
      [{ id: 1 }, 'id'],
      [{ id: '' }, 'id'],
      [{ id: "x' OR '1'='1" }, 'id'],
      [{ id: { id: 1 } }, 'id'],
      [{ id: ['a', 'b'] }, 'id'],
      [{ id: 'é' }, 'id'],
      [{ key: {} }, 'key'],
      [{ key: 'x'.repeat(300) }, 'key'],
      [{ onKey: 'steal' }, 'onKey'],
      [{ priority: '1' }, 'priority'],
      [{ priority: 1.5 }, 'priority'],
      [{ priority: 6 }, 'priority'],
      [{ priority: -6 }, 'priority'],
      [{ priority: true }, 'priority'],
      [{ runAt: 'tomorrow' }, 'runAt'],
      [{ runAt: '0000-00-00' }, 'runAt'],
      [{ runAt: '9999-12-31T23:59:60Z' }, 'runAt'],
      [{ runAt: '+275761-01-01' }, 'runAt'],
      [{ runAt: 1 }, 'runAt'],
      [{ runAt: '1700000000' }, 'runAt'],
      [{ isHidden: 1 }, 'isHidden'],
      [{ isHidden: 'true' }, 'isHidden'],
      [{ files: 'x' }, 'files'],
      [{ files: [1] }, 'files.0'],
      [{ files: [{ path: '/etc/passwd' }] }, 'files.0'],
      [{ userId: 5 }, 'userId'],
      [{ status: 'success' }, 'status'],
      [{ progress: 50 }, 'progress'],
      [{ leaseVersion: 1 }, 'leaseVersion'],
      [{ createdById: 'ben' }, 'createdById'],
      [{ crashCount: 1 }, 'crashCount'],
      [{ where: { 1: 1 } }, 'where'],
    ] as const)('with %j is refused and names the field', async ([fields, field]) => {
      const problem = await application().expect(400, 'ann', 'POST /api/jobs', { body: push(fields), headers: json });
      expect(problem).toMatchObject({ code: 'invalid_input', field });
      expect(problem.detail.length).toBeLessThan(500);
    });

    test.for(['nope', '', "' OR 1=1 --", 'a`b', 'é', '__proto__', 'toString'])(
      'of the unknown type %j is refused',
      async (type) => {
        expect(
          await application().expect(422, 'ann', 'POST /api/jobs', { body: push({ type }), headers: json }),
        ).toMatchObject({ code: 'unknown_type' });
      },
    );

    test.for(['nope', '', "' OR 1=1 --", 'é', '../../etc/passwd'])(
      'with the file %j, which was not uploaded, is refused',
      async (id) => {
        const body = push({ files: [id] });
        expect(await application().expect(422, 'ann', 'POST /api/jobs', { body, headers: json })).toMatchObject({
          code: 'file_refused',
        });
      },
    );

    test('with data against the schema is refused', async () => {
      for (const data of [{ text: 1 }, { status: 'success' }, ['a'], 'x', 0]) {
        expect(
          await application().expect(422, 'ann', 'POST /api/jobs', { body: { name: 'n', type: 'note', data } }),
        ).toMatchObject({ code: 'invalid_data' });
      }
    });

    test.for([
      `' OR 1=1 --`,
      `\\' OR 1=1#`,
      `"; DROP TABLE progress_manager; --`,
      `/*!50000 SELECT */`,
      '<script>alert(1)</script>',
      '{{7*7}}',
      '💥 عربي',
      '100 % _ \\',
      '\u00bf\u0027',
      'a"b\'c`d',
      '=1+1',
    ])('keeps the name %j as it is', async (name) => {
      const data = Object.fromEntries(['toString', 'then', 'toJSON', 'hasOwnProperty'].map((key) => [key, name]));
      const job = await application().expect(202, 'ben', 'POST /api/jobs', {
        body: { name, type: 'anything', data, key: `key of ${name}` },
      });
      expect(await application().expect(200, 'ben', `GET /api/jobs/${job.id}`)).toMatchObject({
        name,
        data,
        status: { key: 'new' },
      });
      expect(
        (await application().expect(200, 'ben', `GET /api/jobs?q=${encodeURIComponent(name)}`)).list,
      ).toMatchObject([{ name }]);
    });
  });
}
