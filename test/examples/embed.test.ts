import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { App } from 'progress-manager';
import { describe, expect, test } from 'vitest';
import { createServer as createExpress } from '../../examples/embed-express.js';
import { createServer as createFastify } from '../../examples/embed-fastify.js';
import { bootForTests } from '../support/boot-for-tests.js';

interface Host extends AsyncDisposable {
  readonly url: string;
}

async function express(app: App): Promise<Host> {
  const server = createExpress(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function fastify(app: App): Promise<Host> {
  const server = createFastify(app);
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  return { url, [Symbol.asyncDispose]: () => server.close() };
}

describe.each([
  ['Express', express],
  ['Fastify', fastify],
])('embedded in %s', (name, listen) => {
  test("the host's own routes answer, and ours behind them", async () => {
    await using tested = await bootForTests();
    await using host = await listen(tested.app);
    expect(await (await fetch(`${host.url}/hello`)).text()).toBe(`Hello from ${name}`);
    expect((await fetch(`${host.url}/health/live`)).status).toBe(200);
    expect((await fetch(`${host.url}/api/jobs`)).status).toBe(401);
  });

  test('bodies reach our routes unread: an upload and a push', async () => {
    await using tested = await bootForTests();
    await using host = await listen(tested.app);
    const { key } = await tested.app.container.get('accessStore').addKey({ id: 'u1', isAdmin: true });
    const headers = { Authorization: `Bearer ${key}` };

    const body = 'x'.repeat(200_000);
    const upload = await fetch(`${host.url}/api/files?name=big.txt`, {
      method: 'PUT',
      headers: { ...headers, 'Content-Type': 'application/octet-stream' },
      body,
    });
    expect(upload.status).toBe(201);
    expect(await upload.json()).toMatchObject({ file: { name: 'big.txt', size: body.length } });

    const push = await fetch(`${host.url}/api/jobs`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'Nothing', type: 'no such type' }),
    });
    expect(push.status).toBe(422);
    expect(await push.json()).toMatchObject({ code: 'unknown_type' });
  });
});
