import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { HttpServer } from '../../bin/http-server.js';

const hello = async (): Promise<Response> => new Response('hello');

test('port 0 picks a free one and tells it', async () => {
  await using server = await HttpServer.listen(hello, '127.0.0.1', 0);
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(await (await fetch(server.url)).text()).toBe('hello');
});

test('a port that is taken is a sentence with the way out', async () => {
  await using server = await HttpServer.listen(hello, '127.0.0.1', 0);
  const port = Number(new URL(server.url).port);
  await expect(HttpServer.listen(hello, '127.0.0.1', port)).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is taken by another process. Stop that one, or set PORT to another number (0 picks a free one).`,
  );
});

test('a host that is not ours is a sentence too', async () => {
  await expect(HttpServer.listen(hello, '192.0.2.1', 0)).rejects.toThrow(/HOST is 192\.0\.2\.1, which is no address/);
});

test('a request under way is answered before the server closes', async () => {
  await using server = await HttpServer.listen(() => sleep(100).then(hello), '127.0.0.1', 0);
  const answer = fetch(server.url);
  await sleep(30);
  await server.close(2000);
  expect(await (await answer).text()).toBe('hello');
});

test('a request that never ends is cut', async () => {
  await using server = await HttpServer.listen(() => new Promise(() => undefined), '127.0.0.1', 0);
  const answer = fetch(server.url).catch(() => 'cut');
  await sleep(30);
  await server.close(50);
  expect(await answer).toBe('cut');
});
