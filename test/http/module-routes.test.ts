import type { ConfigurationError } from 'progress-manager';
import { expect, test } from 'vitest';
import { makeRoot } from '../support/make-root.js';
import { openApplication } from './application.js';

/** A module `shop` that answers `/api/shop`, for admins `/api/shop-office`, and with a key in the query `/service`. */
const SHOP = `
import { defineRoutes, inject } from 'progress-manager';

class Shop {
  constructor(@inject('progressManager') private readonly progressManager: any) {}
  mount(app: any) {
    app.get('/', (c: any) => c.json({ user: c.var.user }));
    app.get('/jobs', async (c: any) => c.json((await this.progressManager.find({}, { user: c.var.user })).total));
    app.post('/orders/:order', (c: any) => c.json({ order: c.req.param('order') }));
    app.get('/broken', () => { throw new Error('S3CRET inside'); });
    app.get('/thrown', () => { throw undefined; });
    app.get('/away', () => Response.redirect('http://jobs.example/elsewhere'));
  }
}
class Own {
  mount(app: any) {
    app.onError((error: any, c: any) => c.json({ said: error.code }));
    app.all('/:word', (c: any) => c.json({ word: c.req.param('word'), user: c.var.user.id }));
    app.all('*', (c: any) => c.json({ said: 'nothing here' }));
  }
}
class Words {
  mount(app: any) {
    app.onError((error: any, c: any) => {
      const { status, code, headers } = c.env.problemOf(error);
      return c.json({ said: code }, status, headers);
    });
    app.get('/', (c: any) => c.json('all'));
    app.get('/:word', (c: any) => c.json(c.req.param('word')));
    app.put('/:word', (c: any) => c.json('put'));
  }
}
export default defineRoutes([
  { prefix: '/api/words', service: Words },
  { prefix: '/api/office-words', service: Words, access: 'admins' },
  { prefix: '/api/shop', service: Shop },
  { prefix: '/api/shop-office', service: Shop, access: 'admins' },
  { prefix: '/basic', service: Shop, keyIn: (request) => /^Basic (.*)$/.exec(request.headers.get('Authorization') ?? '')?.[1] },
  { prefix: '/service', service: Own, keyIn: (request) => new URL(request.url).searchParams.get('apiKey') ?? undefined },
  { prefix: '/api/till', service: Shop, keyIn: (request) => new URL(request.url).searchParams.get('apiKey') ?? undefined },
]);
`;

async function shop() {
  const root = await makeRoot({ 'modules/shop/routes.ts': SHOP });
  const application = await openApplication({ root: root.path });
  return {
    ...application,
    [Symbol.asyncDispose]: async () => {
      await application[Symbol.asyncDispose]();
      await root[Symbol.asyncDispose]();
    },
  };
}

test("a module's addresses answer below its prefix, with the caller at hand and services injected", async () => {
  await using application = await shop();
  expect(await application.expect(200, 'ann', 'GET /api/shop')).toEqual({ user: { id: 'ann', isAdmin: false } });
  expect(await application.expect(200, 'ann', 'POST /api/shop/orders/7')).toEqual({ order: '7' });
  expect(await application.expect(200, 'ann', 'GET /api/shop/jobs')).toBe(0);
});

test('nobody comes in without a key or a session, whatever the address', async () => {
  await using application = await shop();
  for (const path of ['/api/shop', '/api/shop/', '/api/shop/jobs', '/api/shop/nothing', '/api/shop-office']) {
    expect((await application.expect(401, 'nobody', `GET ${path}`)).code).toBe('unauthorized');
  }
  const headers = { Authorization: 'Bearer nonsense' };
  expect((await application.expect(401, 'nobody', 'GET /api/shop', { headers })).code).toBe('unauthorized');
});

test('addresses for admins refuse others, and an address beside a prefix is none of it', async () => {
  await using application = await shop();
  expect((await application.expect(403, 'ann', 'GET /api/shop-office')).code).toBe('forbidden');
  expect(await application.expect(200, 'root', 'GET /api/shop-office')).toEqual({
    user: { id: 'root', isAdmin: true },
  });
  await application.expect(404, 'ann', 'GET /api/shopping');
});

test('with a session, changes are taken from pages of this address only', async () => {
  await using application = await shop();
  const { headers } = await application.send('nobody', 'POST /api/session', { body: { key: application.keys.ann } });
  const Cookie = String(headers.get('Set-Cookie')).split(';')[0] as string;
  const order = 'POST /api/shop/orders/7';
  expect((await application.expect(403, 'nobody', order, { headers: { Cookie } })).code).toBe('cross_site');
  await application.expect(200, 'nobody', order, { headers: { Cookie, 'Sec-Fetch-Site': 'same-origin' } });
});

test('what a handler throws is answered as core answers it: nothing of it but the id of the request', async () => {
  await using application = await shop();
  for (const path of ['/api/shop/broken', '/api/shop/thrown']) {
    const problem = await application.expect(500, 'ann', `GET ${path}`);
    expect(problem).toMatchObject({ code: 'internal', requestId: expect.any(String) });
    expect(JSON.stringify(problem)).not.toContain('S3CRET');
  }
});

test('an unknown address below a prefix, and another method, are told as everywhere', async () => {
  await using application = await shop();
  expect((await application.expect(404, 'ann', 'GET /api/shop/nothing')).code).toBe('not_found');
  const response = await application.send('ann', 'DELETE /api/shop/orders/7');
  expect([response.status, response.headers.get('Allow')]).toEqual([405, 'POST']);
});

test('a module that answers errors in its own words does so for addresses and methods that it has not', async () => {
  await using application = await shop();
  const said = async (who: 'ann' | 'nobody', line: string) => {
    const response = await application.send(who, line);
    return [
      response.status,
      response.headers.get('Allow'),
      ((await response.json()) as { readonly said?: string }).said,
    ];
  };
  expect(await said('ann', 'GET /api/words/a/b')).toEqual([404, null, 'not_found']);
  expect(await said('ann', 'POST /api/words/a')).toEqual([405, 'GET, HEAD, PUT', 'method_not_allowed']);
  expect(await said('ann', 'DELETE /api/words')).toEqual([405, 'GET, HEAD', 'method_not_allowed']);
  // Who may not pass learns nothing of what there is.
  for (const line of ['GET /api/words/a/b', 'POST /api/words/a', 'GET /api/words/a'])
    expect(await said('nobody', line)).toEqual([401, null, 'unauthorized']);
  for (const line of ['GET /api/office-words/a/b', 'POST /api/office-words/a'])
    expect(await said('ann', line)).toEqual([403, null, 'forbidden']);
  const head = await application.send('ann', 'HEAD /api/words/a');
  expect([head.status, await head.text()]).toEqual([200, '']);
  // Beside the prefix the words are core's.
  expect((await application.expect(404, 'ann', 'GET /api/wordsmith')).code).toBe('not_found');
});

test('a key stands where the module says, and refusals may be in its own words', async () => {
  await using application = await shop();
  const { ann } = application.keys;
  expect(await application.expect(200, 'nobody', `GET /service/hello?apiKey=${ann}`)).toEqual({
    word: 'hello',
    user: 'ann',
  });
  expect(await application.expect(200, 'ben', `GET /service/hello?apiKey=${ann}`)).toMatchObject({ user: 'ann' });
  expect(await application.expect(200, 'ben', 'GET /service/hello')).toMatchObject({ user: 'ben' });
  expect(await application.expect(200, 'nobody', 'GET /service/hello?apiKey=wrong')).toEqual({ said: 'unauthorized' });
  expect(await application.expect(200, 'nobody', 'GET /service/hello')).toEqual({ said: 'unauthorized' });
  expect(await application.expect(200, 'ann', 'PATCH /service/a/b')).toEqual({ said: 'nothing here' });
  // Elsewhere the query is not looked at.
  await application.expect(401, 'nobody', `GET /api/shop?apiKey=${ann}`);
});

test('an unknown address is told as such to who brings a key where the module says, not that the key is missing', async () => {
  await using application = await shop();
  const { ann } = application.keys;
  expect((await application.expect(404, 'nobody', `GET /api/till/nothing?apiKey=${ann}`)).code).toBe('not_found');
  expect((await application.expect(401, 'nobody', 'GET /api/till/nothing')).code).toBe('unauthorized');
});

test('an answer whose headers nobody may change passes, with the headers of all others', async () => {
  await using application = await shop();
  const response = await application.send('ann', 'GET /api/shop/away');
  expect([response.status, response.headers.get('Location')]).toEqual([302, 'http://jobs.example/elsewhere']);
  expect(response.headers.get('X-Request-Id')).toBeTruthy();
});

test('a key in a Basic header, which browsers remember, is held to pages of this address', async () => {
  await using application = await shop();
  const order = 'POST /basic/orders/7';
  const Authorization = `Basic ${application.keys.ann}`;
  const from = (site: string) => ({ headers: { Authorization, 'Sec-Fetch-Site': site } });
  expect((await application.expect(403, 'nobody', order, from('cross-site'))).code).toBe('cross_site');
  await application.expect(200, 'nobody', order, from('same-origin'));
  // A program says nothing of where it comes from.
  await application.expect(200, 'nobody', order, { headers: { Authorization } });
});

test('routes whose services cannot be made stop the start, with the files that have them', async () => {
  const closed = (prefix: string) => `
      class Shop { mount() { throw new Error('no shop today'); } }
      export default { prefix: '${prefix}', service: Shop };`;
  await using root = await makeRoot({
    'modules/bar/routes.ts': closed('/api/bar'),
    'modules/shop/routes.ts': closed('/api/shop'),
  });
  const error = await openApplication({ root: root.path }).then(
    () => undefined,
    (threw: ConfigurationError) => threw,
  );
  expect(error?.faults).toEqual([
    'modules/bar/routes.ts: the routes under "/api/bar" could not be added: no shop today',
    'modules/shop/routes.ts: the routes under "/api/shop" could not be added: no shop today',
  ]);
});
