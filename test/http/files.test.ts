import { beforeAll, describe, expect, test } from 'vitest';
import { openApplication } from './application.js';

async function withNote(text?: string) {
  const application = await openApplication();
  const { id } = await application.push('ann', { data: text === undefined ? {} : { text } });
  await application.work();
  return { ...application, id, file: `/api/jobs/${id}/files/note.txt` };
}

/** For requests that change nothing. */
let shared: Awaited<ReturnType<typeof withNote>>;

beforeAll(async () => {
  shared = await withNote();
  return () => shared[Symbol.asyncDispose]();
});

describe('a download', () => {
  test('is the file, saved and never shown', async () => {
    await using application = await withNote('<script>alert(1)</script>');
    const response = await application.send('ann', `GET ${application.file}`, { headers: { Accept: 'text/html' } });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('<script>alert(1)</script>');
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-length': '25',
      'content-disposition': `attachment; filename="note.txt"; filename*=UTF-8''note.txt`,
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
      'cache-control': 'no-store',
    });
  });

  test.for([
    ['bytes=2-5', 206, '2345', 'bytes 2-5/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=0-1,4-5', 200, '0123456789', null],
    ['bytes=5-2', 200, '0123456789', null],
    ['nonsense', 200, '0123456789', null],
  ] as const)('of the range %s answers %i', async ([range, status, text, contentRange]) => {
    const response = await shared.send('ann', `GET ${shared.file}`, { headers: { Range: range } });
    expect(response.status).toBe(status);
    expect(await response.text()).toBe(text);
    expect(response.headers.get('Content-Range')).toBe(contentRange);
    expect(response.headers.get('Content-Length')).toBe(String(text.length));
  });

  test('of a range behind the end is refused with the size', async () => {
    const response = await shared.send('ann', `GET ${shared.file}`, { headers: { Range: 'bytes=10-' } });
    expect([response.status, response.headers.get('Content-Range')]).toEqual([416, 'bytes */10']);
  });

  test('on a condition that cannot be checked is whole', async () => {
    const response = await shared.send('ann', `GET ${shared.file}`, {
      headers: { Range: 'bytes=0-1', 'If-Range': '"x"' },
    });
    expect([response.status, await response.text()]).toEqual([200, '0123456789']);
  });

  test('asked for with HEAD has all but the bytes', async () => {
    const response = await shared.send('ann', `HEAD ${shared.file}`);
    expect([response.status, response.headers.get('Content-Length'), await response.text()]).toEqual([200, '10', '']);
  });

  test.for([
    'nope.txt',
    '..%2F..%2Fetc%2Fpasswd',
    '%2e%2e',
    '..%5c..%5c',
    '%2Fetc%2Fpasswd',
    'note.txt%00',
    'note.txt%2F..',
    '%zz',
    '%ff',
    '__proto__',
    '%252e%252e%252f',
    'C%3A%5Cboot.ini',
  ])('of %s answers 404', async (name) => {
    await shared.expect(404, 'ann', `GET /api/jobs/${shared.id}/files/${name}`);
  });

  test('of a name of 5,000 letters answers 404', async () => {
    await shared.expect(404, 'ann', `GET /api/jobs/${shared.id}/files/${'x'.repeat(5000)}`);
  });

  test('of a removed job answers 404', async () => {
    await using application = await withNote();
    await application.expect(204, 'ann', `DELETE /api/jobs/${application.id}`);
    await application.expect(404, 'ann', `GET ${application.file}`);
  });
});

describe('an upload', () => {
  test('is kept under an id that a push names', async () => {
    await using application = await openApplication();
    const { file } = await application.expect(201, 'ann', 'PUT /api/files?name=pl%C3%A4tze%20%F0%9F%92%A5.csv', {
      body: 'a,b\n',
    });
    expect(file).toEqual({ id: expect.any(String), name: 'plätze 💥.csv', size: 4 });
    await application.push('ann', { files: [file.id] });
  });

  test('may come in pieces and may be empty', async () => {
    await using application = await openApplication();
    const body = ReadableStream.from([new Uint8Array(400), new Uint8Array(500)]);
    expect((await application.expect(201, 'ann', 'PUT /api/files?name=a', { body })).file.size).toBe(900);
    expect((await application.expect(201, 'ann', 'PUT /api/files?name=a')).file.size).toBe(0);
  });

  test('past the limit is refused, announced or not, and is not read to its end', async () => {
    await using application = await openApplication();
    let pieces = 0;
    async function* endless() {
      for (; pieces < 1000; pieces++) yield new Uint8Array(100);
    }
    expect(
      await application.expect(413, 'ann', 'PUT /api/files?name=a', { body: ReadableStream.from(endless()) }),
    ).toMatchObject({ code: 'too_large' });
    expect(pieces).toBeLessThan(50);
    await application.expect(413, 'ann', 'PUT /api/files?name=a', {
      body: new Uint8Array(5),
      headers: { 'Content-Length': '1001' },
    });
  });

  test('that breaks off is the sender’s mistake, not ours', async () => {
    await using application = await openApplication();
    async function* broken() {
      yield new Uint8Array(10);
      throw new Error('the connection was closed');
    }
    const body = ReadableStream.from(broken());
    expect(await application.expect(400, 'ann', 'PUT /api/files?name=a', { body })).toMatchObject({
      code: 'body_incomplete',
    });
    expect(application.logged).toEqual([]);
  });

  test.for([
    '',
    '?name=',
    '?name=..',
    '?name=../../etc/passwd',
    '?name=..%5C..%5C',
    '?name=%2Fetc%2Fpasswd',
    '?name=a%00b',
    '?name=a&name=b',
    '?name=a&path=/etc/passwd',
    '?name[]=a',
    '?name=a%0d%0ab',
  ])('as %s is refused', async (query) => {
    expect(await shared.expect(400, 'ann', `PUT /api/files${query}`, { body: 'x' })).toMatchObject({
      code: 'invalid_input',
    });
  });

  test('under a name of 5,000 letters is refused', async () => {
    await shared.expect(400, 'ann', `PUT /api/files?name=${'x'.repeat(5000)}`, { body: 'x' });
  });

  test('of another cannot be named in a push', async () => {
    await using application = await openApplication();
    const { file } = await application.expect(201, 'ann', 'PUT /api/files?name=a.csv', { body: 'x' });
    for (const id of [file.id, 'nope', "' OR 1=1 --", 'é']) {
      await application.expect(422, 'ben', 'POST /api/jobs', { body: { name: 'n', type: 'note', files: [id] } });
    }
  });
});
