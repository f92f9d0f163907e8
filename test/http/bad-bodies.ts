import { describe, expect, test } from 'vitest';
import type { TestApplication } from './application.js';

const push = (fields: object) => JSON.stringify({ name: 'n', type: 'anything', ...fields });
const json = { 'Content-Type': 'application/json' };

/** Bodies that cannot be read, or must not be. */
export function badBodies(application: () => TestApplication): void {
  describe('a body', () => {
    test.for([
      ['no JSON', 'x', 400],
      ['nothing', '', 400],
      ['half of it', '{"name":', 400],
      ['trailing text', `${push({})} x`, 400],
      ['an array', '[]', 400],
      ['null', 'null', 400],
      ['a number', '1', 400],
      ['a text', '"x"', 400],
      ['1e999 as a field', push({ priority: 0 }).replace(':0', ':1e999'), 400],
      ['a depth of 100,000', '['.repeat(100_000) + ']'.repeat(100_000), 400],
      ['a depth of 40 in data', push({}).replace('{', `{"data":${'['.repeat(40)}${']'.repeat(40)},`), 400],
      ['10,001 values', push({ data: Array.from({ length: 10_001 }, () => 0) }), 400],
      ['a million keys', `{${Array.from({ length: 100_000 }, (_, index) => `"${index}":0`).join()}}`, 400],
      ['__proto__', push({}).replace('{', '{"__proto__":{"isAdmin":true},'), 400],
      ['__proto__ in escapes', push({}).replace('{', '{"\\u005f\\u005fproto\\u005f\\u005f":{"isAdmin":true},'), 400],
      ['constructor.prototype', push({ data: { constructor: { prototype: { isAdmin: true } } } }), 400],
      [
        '__proto__ 20 deep',
        push({}).replace('{', `{"data":${'{"a":'.repeat(20)}{"__proto__":1}${'}'.repeat(20)},`),
        400,
      ],
      ['not UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 400],
      ['1.3 MiB', push({ name: 'x'.repeat(1_363_149) }), 413],
      ['data over 1 MiB', push({ data: 'x'.repeat(1_100_000) }), 413],
      ['2 MB of data', push({ data: 'x'.repeat(2_000_000) }), 413],
    ] as const)('with %s is refused', async ([, body, status]) => {
      await application().expect(status, 'ann', 'POST /api/jobs', { body, headers: json });
    });

    test('without an end is refused after 1.25 MiB', async () => {
      let pieces = 0;
      async function* endless() {
        for (; pieces < 10_000; pieces++) yield new Uint8Array(64 * 1024).fill(0x20);
      }
      await application().expect(413, 'ann', 'POST /api/jobs', { body: ReadableStream.from(endless()), headers: json });
      expect(pieces).toBeLessThan(40);
    });

    test.for([
      ['application/json\ta', 415],
      ['application/json garbage', 415],
      ['application/json; charset=latin1', 415],
      ['text/plain', 415],
      ['application/x-www-form-urlencoded', 415],
      ['multipart/form-data; boundary=x', 415],
      ['application/jsonp', 415],
      ['', 415],
      ['application/json, text/plain', 415],
      ['Application/JSON', 202],
      ['application/json; charset=utf-8', 202],
      ['application/json;charset="UTF-8"', 202],
    ] as const)('sent as %j answers %i', async ([type, status]) => {
      await application().expect(status, 'ben', 'POST /api/jobs', {
        body: push({}),
        headers: { 'Content-Type': type },
      });
    });

    test('that is compressed is not unpacked', async () => {
      await application().expect(415, 'ann', 'POST /api/jobs', {
        body: push({}),
        headers: { ...json, 'Content-Encoding': 'gzip' },
      });
    });

    test('of an action has to be an object', async () => {
      for (const body of ['[]', '1', 'null', '"x"']) {
        await application().expect(400, 'ann', 'POST /api/jobs/1/actions/cancel', { body, headers: json });
      }
      await application().expect(415, 'ann', 'POST /api/jobs/1/actions/cancel', {
        body: '{}',
        headers: { 'Content-Type': 'text/plain' },
      });
    });
  });
}
