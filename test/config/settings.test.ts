import type { ConfigurationError } from 'progress-manager';
import { describe, expect, test } from 'vitest';
import { readSettings } from '../../config/settings.js';

const faultsOf = (env: Record<string, string>): readonly string[] => {
  try {
    readSettings(env);
    return [];
  } catch (error) {
    return (error as ConfigurationError).faults;
  }
};

test('an empty environment gives the documented defaults', () => {
  expect(readSettings({ PATH: '/bin', PORT: '' })).toEqual({
    databaseUrl: 'sqlite:./data/progress-manager.sqlite',
    host: '127.0.0.1',
    port: 3000,
    limit: 5,
    intervalMs: 1000,
    beatMs: 1000,
    sliceMs: 1000,
    leaseMs: 30_000,
    pool: 10,
    graceMs: 8000,
    keepDays: 30,
    uploadMax: 1024 ** 3,
    filesDir: './data/files',
    secretKeys: [],
    logLevel: 'info',
  });
});

test('the pool follows the limit', () => {
  expect(readSettings({ PM_LIMIT: '20' }).pool).toBe(25);
});

test('all faults are told at once, each with the name, the range and what was given', () => {
  const faults = faultsOf({ PM_LIMIT: '0', PORT: 'http', PM_LOG_LEVEL: 'loud', PM_LEASE_MS: '2000', PM_LIMT: '3' });
  expect(faults).toEqual([
    'PM_LIMT is not a setting. Did you mean "PM_LIMIT"?',
    'PORT must be a whole number from 0 to 65535 (a port, 0 for any free one); it is "http".',
    'PM_LIMIT must be a whole number from 1 to 100 (slices at once); it is "0".',
    'PM_LOG_LEVEL must be one of debug, info, warn, error, silent; it is "loud".',
    'PM_LEASE_MS must be at least 3 × PM_BEAT_MS: the lease is renewed by the beat at each third; it is "2000".',
  ]);
});

test.each(['-1', '1.5', '1e3', 'NaN', '0x10', ' ', '99999999999999999999'])('"%s" is no number of slices', (text) => {
  expect(faultsOf({ PM_LIMIT: text })).toHaveLength(1);
});

test('a pool that slices could exhaust is refused', () => {
  expect(faultsOf({ PM_POOL: '6' })[0]).toMatch(/^PM_POOL must be at least PM_LIMIT \+ 2/);
  expect(readSettings({ PM_POOL: '7' }).pool).toBe(7);
});

const KEY = Buffer.alloc(32, 7).toString('base64');

test.each([
  ['canary', 'entry 1 of 1'],
  [`2026:${KEY},canary:x`, 'entry 2 of 2'],
  [`a:${KEY},b:${KEY.slice(4)}`, 'entry 2 of 2'],
  [`a:${KEY},a:${KEY}`, 'the id of entry 2 twice'],
])('a key of secrets that cannot be used is told without repeating it (%s)', (given, words) => {
  const [fault, ...others] = faultsOf({ PM_SECRET_KEY: given });
  expect(others).toEqual([]);
  expect(fault).toMatch(/^PM_SECRET_KEY /);
  expect(fault).toContain(words);
  expect(fault).not.toMatch(/canary|BwcH/);
});

test('several keys of secrets are separated by commas', () => {
  expect(readSettings({ PM_SECRET_KEY: `2026:${KEY}, 2025:${KEY}` }).secretKeys).toEqual([
    `2026:${KEY}`,
    `2025:${KEY}`,
  ]);
});

test.each([
  ['1GB', 1024 ** 3],
  ['500mb', 500 * 1024 ** 2],
  ['1.5 MB', 1.5 * 1024 ** 2],
  ['4096', 4096],
  ['2KB', 2048],
])('an upload limit of %s is %d bytes', (text, bytes) => {
  expect(readSettings({ PM_UPLOAD_MAX: text }).uploadMax).toBe(bytes);
});

test.each(['1XB', 'GB', '-1GB', '0', '2TB', '1e9'])('"%s" is no upload limit', (text) => {
  expect(faultsOf({ PM_UPLOAD_MAX: text })).toHaveLength(1);
});

describe('DATABASE_URL', () => {
  test.each([
    'sqlite:./a.sqlite',
    'sqlite::memory:',
    'mysql://u:p@host:3306/db',
    'mariadb://u@[::1]/db',
    'mysql://u:p%23w@host/db',
    'mysql://u:p@host/db?ssl-mode=REQUIRED',
    'mysql://u:p@10.0.0.1/db?ssl-mode=VERIFY_CA',
    'mysql://u:p@host/db?ssl-mode=VERIFY_IDENTITY',
  ])('may be %s', (url) => {
    expect(readSettings({ DATABASE_URL: url }).databaseUrl).toBe(url);
  });

  test.each([
    ['postgres://user:canary@host/db', 'must be sqlite:'],
    ['sqlite:', 'names no file'],
    ['mysql://user:canary@host', 'names no database'],
    ['mysql://user:canary@host/', 'names no database'],
    ['mysql://user:canary#1@host/db', 'percent-encoded'],
    ['mysql://user:canary%zz@host/db', 'percent-encoded'],
    ['mysql://user:canary@host:99999999/db', 'percent-encoded'],
    ['mysql:///db', ''],
    ['mysql://user:canary@host/db?ssl=true', 'takes one parameter'],
    ['mysql://user:canary@host/db?ssl-mode=REQUIRED&connectionLimit=5', 'takes one parameter'],
    ['mysql://user:canary@host/db?ssl-mode=REQUIRED&ssl-mode=DISABLED', 'takes one parameter'],
    ['mysql://user:canary@host/db?ssl-mode=required', 'DISABLED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY'],
    ['mysql://user:canary@host/db?ssl-mode=PREFERRED', 'DISABLED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY'],
    ['mysql://user:canary@10.0.0.1/db?ssl-mode=VERIFY_IDENTITY', 'must name its host'],
    ['mysql://user:canary@[::1]/db?ssl-mode=VERIFY_IDENTITY', 'must name its host'],
  ])('%s is refused without repeating it', (url, words) => {
    const [fault, ...more] = faultsOf({ DATABASE_URL: url });
    expect(more).toEqual([]);
    expect(fault).toContain(`DATABASE_URL`);
    expect(fault).toContain(words);
    expect(fault).not.toContain('canary');
  });
});
