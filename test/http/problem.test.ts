import { expect, test } from 'vitest';
import { ConfigurationError, StoreUnavailableError } from '../../core/contracts/errors.js';
import { createHandler } from '../../core/http/app.js';
import type { HttpParts } from '../../core/http/http-context.js';
import { SignInCodes } from '../../core/http/sign-in-codes.js';
import { databaseFault } from '../support/database-fault.js';

/** A façade that fails in ways the real one only does when something is broken. */
function failing(error: unknown) {
  const logged: unknown[] = [];
  const log = (...line: unknown[]) => void logged.push(line);
  const fail = () => Promise.reject(error);
  const handler = createHandler({
    progressManager: { counts: fail } as unknown as HttpParts['progressManager'],
    accessStore: { userOfKey: async () => ({ id: 'ann', isAdmin: false }) } as unknown as HttpParts['accessStore'],
    signIn: new SignInCodes(),
    registryVersion: '1',
    uploadMax: 1,
    webDir: undefined,
    logger: { debug: log, info: log, warn: log, error: log },
    ready: fail as () => Promise<boolean>,
  });
  const get = (path: string) =>
    handler(new Request(`http://jobs.example${path}`, { headers: { Authorization: 'Bearer x' } }));
  return { get, logged };
}

test('an error of ours tells the caller a request id only; the log has the rest under it', async () => {
  const { get, logged } = failing(new Error('canary'));
  const response = await get('/api/jobs/counts');
  const requestId = response.headers.get('X-Request-Id');
  expect(response.headers.get('Content-Type')).toBe('application/problem+json');
  expect(await response.json()).toEqual({
    type: 'about:blank',
    title: 'Internal Server Error',
    status: 500,
    code: 'internal',
    detail: expect.stringContaining('request id'),
    requestId,
  });
  expect(logged).toEqual([
    [
      { requestId, error: expect.objectContaining({ message: 'canary', places: expect.any(Array) }) },
      expect.any(String),
    ],
  ]);
});

test('a mistake of an author is not told to callers', async () => {
  const response = await failing(new ConfigurationError(['/srv/canary/modules is broken'])).get('/api/jobs/counts');
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('canary');
});

test('the log of a database error has no statement and no values', async () => {
  const statement = "update t set secret = 'canary' - SQLITE_ERROR: no such table: t";
  const { get, logged } = failing(Object.assign(new Error(statement), { name: 'SqliteError', code: 'SQLITE_ERROR' }));
  expect((await get('/api/jobs/counts')).status).toBe(500);
  expect(JSON.stringify(logged)).toContain('no such table');
  expect(JSON.stringify(logged)).not.toContain('canary');
});

test('a database that cannot be reached is answered with 503 and when to try again', async () => {
  const response = await failing(new StoreUnavailableError('mysql://user:canary@host refused')).get('/api/jobs/counts');
  expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '5']);
  expect(await response.text()).not.toContain('canary');
});

test('what is thrown without being an error is answered too', async () => {
  for (const thrown of [undefined, null, 'canary', { canary: 1 }]) {
    const response = await failing(thrown).get('/api/jobs/counts');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('canary');
  }
});

test('a check for readiness that fails means not ready', async () => {
  expect((await failing(new Error('canary')).get('/health/ready')).status).toBe(503);
  expect((await failing(new Error('canary')).get('/health/live')).status).toBe(200);
});

test.each([
  ['the disk of the database is full', { code: 'SQLITE_FULL' }],
  ['the server takes no writes', { errno: 1290 }],
  ['the server has no room for a row', { errno: 1114 }],
  ['the server cannot write a file', { errno: 1026 }],
])('%s: a request may come again, and is told when', async (_, fault) => {
  const error = await databaseFault(fault).catch((thrown: unknown) => thrown);
  const response = await failing(error).get('/api/jobs/counts');
  expect(response.status).toBe(503);
  expect(response.headers.get('Retry-After')).toBe('5');
  expect(await response.json()).toMatchObject({ code: 'store_unavailable' });
});

test.each(['ENOSPC', 'EDQUOT'])('no room for files (%s) is told as such, without their places', async (code) => {
  const { get, logged } = failing(Object.assign(new Error(`${code}: no space left, write '/srv/canary'`), { code }));
  const response = await get('/api/jobs/counts');
  expect(response.status).toBe(507);
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({ code: 'storage_full', title: 'Insufficient Storage' });
  expect(text).not.toContain('canary');
  expect(logged).toEqual([[expect.anything(), 'the disk of the files is full']]);
});
