import { beforeAll, describe, expect, test } from 'vitest';
import { openApplication, type TestApplication } from './application.js';

const ORIGIN = 'http://jobs.example';

/** For requests that are refused and so leave nothing behind. */
let shared: TestApplication;

beforeAll(async () => {
  shared = await openApplication();
  return () => shared[Symbol.asyncDispose]();
});

test.for([
  'GET /api/jobs',
  'POST /api/jobs',
  'GET /api/jobs/counts',
  'GET /api/jobs/1',
  'DELETE /api/jobs/1',
  'POST /api/jobs/1/actions/cancel',
  'POST /api/jobs/actions/cancel',
  'GET /api/jobs/1/files/a.csv',
  'PUT /api/files?name=a.csv',
  'GET /api/types',
  'GET /api/me',
  'DELETE /api/session',
  'GET /api/jobs/1/log',
  'GET /api/jobs/1/messages',
  'POST /api/jobs/1/messages/clear',
  'GET /api/jobs/1/explain',
  'GET /api/jobs/1/items',
  'GET /api/schedules',
  'POST /api/schedules/nightly/run',
  'GET /api/workers',
  'GET /api/modules',
  'GET /api/stats',
  'GET /metrics',
  'GET /openapi.json',
  'GET /api',
  'GET /api/',
  'GET /api/nothing',
  'HEAD /api/jobs',
  'OPTIONS /api/jobs',
  'FOO /api/jobs',
  'GET /%61pi/jobs',
  'GET /api/%6aobs',
  'GET /api/x/../jobs',
  'GET /api/jobs?apiKey=x',
  'GET /api/jobs?apiKey[$ne]=',
])('%s is closed to those who are not signed in', async (line) => {
  const response = await shared.send('nobody', line);
  expect(response.status).toBe(401);
  expect(response.headers.get('WWW-Authenticate')).toMatch(/^Bearer/);
});

test.for(['//api/jobs', '/api;x/jobs', '/API/jobs', '/api%2Fjobs', '/x/api/jobs'])(
  '%s is no way around',
  async (path) => {
    // A URL would read the first of them as a host.
    const response = await shared.app.handler(new Request(`${ORIGIN}${path}`));
    expect([401, 404]).toContain(response.status);
    expect(await response.text()).not.toContain('"list"');
  },
);

describe('a key', () => {
  test.for([
    ['none after the scheme', () => 'Bearer'],
    ['a wrong one of equal length', (key: string) => `Bearer ${key.slice(0, -2)}${key.endsWith('AA') ? 'BB' : 'AA'}`],
    ['the prefix only', () => 'Bearer pm_'],
    ['in another case', (key: string) => `Bearer ${key.toUpperCase()}`],
    ['percent-encoded', (key: string) => `Bearer %70${key.slice(1)}`],
    ['of 100,000 letters', () => `Bearer ${'a'.repeat(100_000)}`],
    ['under another scheme', (key: string) => `Basic ${key}`],
    ['without a scheme', (key: string) => key],
    ['two in one header', (key: string) => `Bearer ${key}, Bearer ${key}`],
  ] as const)('is refused: %s', async ([, header]) => {
    await shared.expect(401, 'nobody', 'GET /api/me', { headers: { Authorization: header(shared.keys.ann) } });
  });

  test('opens, whatever the case of the scheme', async () => {
    await using application = await openApplication();
    const headers = { Authorization: `bearer ${application.keys.ann}` };
    expect(await application.expect(200, 'nobody', 'GET /api/me', { headers })).toEqual({ id: 'ann', isAdmin: false });
  });

  test('is not read from the address', async () => {
    await using application = await openApplication();
    await application.expect(401, 'nobody', `GET /api/me?apiKey=${application.keys.ann}`);
  });
});

test('no answer lets other origins read', async () => {
  await using application = await openApplication();
  for (const line of ['GET /api/jobs', 'OPTIONS /api/jobs', 'GET /health/live']) {
    const response = await application.send('ann', line, { headers: { Origin: 'https://evil.example' } });
    expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull();
  }
});

test.for(['GET /', 'GET /api/jobs', 'GET /api/nothing', 'GET /health/live', 'POST /api/jobs'])(
  '%s answers with the headers that protect',
  async (line) => {
    const { headers } = await shared.send('nobody', line);
    expect(headers.get('Content-Security-Policy')).toBe(
      "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'self'",
    );
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('Referrer-Policy')).toBe('no-referrer');
    expect(headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers.get('Cache-Control')).toBe('no-store');
  },
);
