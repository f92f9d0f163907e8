import { beforeAll, describe, expect, test } from 'vitest';
import { openApplication, type TestApplication } from './application.js';

const ORIGIN = 'http://jobs.example';

/** For requests that are refused and so leave nothing behind. */
let shared: TestApplication;

beforeAll(async () => {
  shared = await openApplication();
  return () => shared[Symbol.asyncDispose]();
});

describe('a session', () => {
  test('begins with a key, in a cookie that scripts and other sites cannot use', async () => {
    await using application = await openApplication();
    const response = await application.send('nobody', 'POST /api/session', { body: { key: application.keys.ann } });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ id: 'ann', isAdmin: false });
    const cookie = response.headers.get('Set-Cookie') ?? '';
    for (const part of ['HttpOnly', 'SameSite=Lax', 'Path=/']) expect(cookie).toContain(part);
    expect(cookie).not.toContain('Secure');
    expect(cookie).not.toContain(application.keys.ann);
  });

  test('has a secure cookie over https', async () => {
    await using application = await openApplication();
    const request = new Request('https://jobs.example/api/session', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ key: application.keys.ann }),
    });
    expect((await application.app.handler(request)).headers.get('Set-Cookie')).toContain('Secure');
  });

  test.each([
    ['https', true],
    ['https, http', true],
    ['http', false],
  ])('behind a proxy that was asked by %s: a secure cookie is %s', async (protocol, isSecure) => {
    const { headers } = await shared.send('nobody', 'POST /api/session', {
      body: { key: shared.keys.ann },
      headers: { 'X-Forwarded-Proto': protocol },
    });
    expect(headers.get('Set-Cookie')?.includes('Secure')).toBe(isSecure);
  });

  test('begins with a one-time code, once', async () => {
    await using application = await openApplication();
    const code = application.app.container.get('signIn').issue({ id: 'ann', isAdmin: false });
    const cookie = await signIn(application, { code });
    expect(await application.expect(200, 'nobody', 'GET /api/me', { headers: { Cookie: cookie } })).toMatchObject({
      id: 'ann',
    });
    await application.expect(401, 'nobody', 'POST /api/session', { body: { code } });
  });

  test('ends when signed out', async () => {
    await using application = await openApplication();
    const cookie = await signIn(application, { key: application.keys.ann });
    const response = await application.send('nobody', 'DELETE /api/session', {
      headers: { Cookie: cookie, 'Sec-Fetch-Site': 'same-origin' },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('Set-Cookie')).toContain('Max-Age=0');
    await application.expect(401, 'nobody', 'GET /api/me', { headers: { Cookie: cookie } });
  });

  test.for([
    [{ key: 'pm_wrong' }, 401],
    [{ code: 'wrong' }, 401],
    [{ key: '' }, 401],
    [{}, 400],
    [{ key: 0 }, 400],
    [{ key: true }, 400],
    [{ key: [] }, 400],
    [{ key: {} }, 400],
    [{ key: null }, 400],
    [{ apiKey: 0 }, 400],
    [[], 400],
    ['text', 415],
    [{ key: 'pm_wrong', code: 'wrong' }, 400],
    [{ code: { $ne: '' } }, 400],
  ] as const)('does not begin with %j', async ([body, status]) => {
    const response = await shared.send('nobody', 'POST /api/session', { body });
    expect(response.status).toBe(status);
    expect(response.headers.get('Set-Cookie')).toBeNull();
  });

  test('of another user beside a key is refused; of the same user it is not', async () => {
    await using application = await openApplication();
    const cookie = await signIn(application, { key: application.keys.ann });
    expect(await application.expect(400, 'ben', 'GET /api/me', { headers: { Cookie: cookie } })).toMatchObject({
      code: 'two_credentials',
    });
    await application.expect(200, 'ann', 'GET /api/me', { headers: { Cookie: cookie } });
  });

  test('does not make up for a wrong key', async () => {
    await using application = await openApplication();
    const cookie = await signIn(application, { key: application.keys.ann });
    await application.expect(401, 'nobody', 'GET /api/me', {
      headers: { Cookie: cookie, Authorization: 'Bearer pm_wrong' },
    });
  });

  test('ends with its key, from the moment it is revoked', async () => {
    await using application = await openApplication();
    const accessStore = application.app.container.get('accessStore');
    const { id = '' } = (await accessStore.listKeys()).find(({ user }) => user.id === 'ann') ?? {};
    const cookie = await signIn(application, { key: application.keys.ann });
    await application.expect(200, 'nobody', 'GET /api/me', { headers: { Cookie: cookie } });
    await accessStore.revokeKey(id);
    await application.expect(401, 'ann', 'GET /api/me');
    await application.expect(401, 'nobody', 'GET /api/me', { headers: { Cookie: cookie } });
  });
});

describe('with a session cookie', () => {
  test.for([
    ['a page of this address', { 'Sec-Fetch-Site': 'same-origin' }, 202],
    ['the person who typed the address', { 'Sec-Fetch-Site': 'none' }, 202],
    ['an older browser, from this address', { Origin: ORIGIN }, 202],
    ['another site', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['a neighbour under the same domain', { 'Sec-Fetch-Site': 'same-site' }, 403],
    ['another site that names our origin', { 'Sec-Fetch-Site': 'cross-site', Origin: ORIGIN }, 403],
    ['a sandboxed frame', { Origin: 'null' }, 403],
    ['an origin that begins like ours', { Origin: 'http://jobs.example.evil.example' }, 403],
    ['our host over another scheme', { Origin: 'https://jobs.example' }, 403],
    ['nobody says whom', {}, 403],
  ] as const)('a push sent by %s is answered as it should be', async ([, headers, status]) => {
    await using application = await openApplication();
    const Cookie = await signIn(application, { key: application.keys.ann });
    await application.expect(status, 'nobody', 'POST /api/jobs', {
      body: { name: 'n', type: 'note' },
      headers: { ...headers, Cookie },
    });
    expect((await application.expect(200, 'ann', 'GET /api/jobs')).total).toBe(status === 202 ? 1 : 0);
  });

  test('reading needs no origin', async () => {
    await using application = await openApplication();
    const Cookie = await signIn(application, { key: application.keys.ann });
    await application.expect(200, 'nobody', 'GET /api/jobs', { headers: { Cookie, 'Sec-Fetch-Site': 'cross-site' } });
  });

  test('another site cannot sign somebody in', async () => {
    await using application = await openApplication();
    const headers = { 'Sec-Fetch-Site': 'cross-site' };
    await application.expect(403, 'nobody', 'POST /api/session', { body: { key: application.keys.ann }, headers });
  });
});

async function signIn(application: TestApplication, body: object): Promise<string> {
  const response = await application.send('nobody', 'POST /api/session', { body });
  return (response.headers.get('Set-Cookie') ?? '').split(';')[0] ?? '';
}
