import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { openApplication } from './application.js';

async function withPage() {
  const folder = await mkdtemp(join(tmpdir(), 'pm-page-'));
  const webDir = join(folder, 'web');
  await mkdir(join(webDir, 'more'), { recursive: true });
  await writeFile(join(folder, 'secret.txt'), 'canary');
  await writeFile(join(webDir, '.env'), 'canary');
  await writeFile(join(webDir, 'index.html'), '<!doctype html>');
  await writeFile(join(webDir, 'progress-manager.js'), 'export {};');
  await writeFile(join(webDir, 'page.css'), 'body {}');
  const application = await openApplication({ webDir });
  const close = async () => {
    await application[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  };
  return { ...application, webDir, [Symbol.asyncDispose]: close };
}

test.for([
  ['/', 'text/html; charset=utf-8', '<!doctype html>'],
  ['/progress-manager.js', 'text/javascript; charset=utf-8', 'export {};'],
  ['/page.css', 'text/css; charset=utf-8', 'body {}'],
] as const)('%s is served to everybody, as %s', async ([path, type, text]) => {
  await using application = await withPage();
  const response = await application.send('nobody', `GET ${path}`);
  expect(response.status).toBe(200);
  expect(await response.text()).toBe(text);
  expect(response.headers.get('Content-Type')).toBe(type);
  expect(response.headers.get('Cache-Control')).toBe('no-cache');
  const headers = { 'If-None-Match': response.headers.get('ETag') ?? '' };
  expect((await application.send('nobody', `GET ${path}`, { headers })).status).toBe(304);
  await writeFile(join(application.webDir, path === '/' ? 'index.html' : path), 'another build');
  expect((await application.send('nobody', `GET ${path}`, { headers })).status).toBe(200);
});

let shared: Awaited<ReturnType<typeof withPage>>;

beforeAll(async () => {
  shared = await withPage();
  return () => shared[Symbol.asyncDispose]();
});

test.for([
  '/../secret.txt',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/more/..%2f..%2fsecret.txt',
  '/more/%2e%2e/%2e%2e/secret.txt',
  '/.env',
  '/%2eenv',
  '/more',
  '/more/',
  '/nope.js',
  '/more/nope.js',
  '/..%5csecret.txt',
  '/%00',
  '/index.html%00.js',
  '/%zz',
  '/%ff',
])('%s answers 404 and gives nothing away', async (path) => {
  const response = await shared.send('nobody', `GET ${path}`);
  expect(response.status).toBe(404);
  expect(await response.text()).not.toContain('canary');
});

test('an address of 5,000 letters answers 404', async () => {
  await shared.expect(404, 'nobody', `GET /${'x'.repeat(5000)}`);
});

test('a page that has not been built says how to build it', async () => {
  await using application = await openApplication({ webDir: '/nonexistent' });
  expect(await application.expect(404, 'nobody', 'GET /')).toMatchObject({
    code: 'page_not_built',
    detail: expect.stringContaining('npm run build'),
  });
});

test('the probes answer everybody', async () => {
  await using application = await openApplication();
  expect(await application.expect(200, 'nobody', 'GET /health/live')).toEqual({ status: 'ok' });
  expect(await application.expect(200, 'nobody', 'GET /health/ready')).toEqual({ status: 'ok' });
});
