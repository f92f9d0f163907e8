import { expect, test } from 'vitest';
import { readMysqlAddress } from '../../core/store/mysql-address.js';

test('an address is taken apart, with what was percent-encoded in it', () => {
  expect(readMysqlAddress('mysql://an%40a:p%23%3F@[::1]:3307/my%20db')).toEqual({
    ...{ host: '::1', port: 3307, user: 'an@a', password: 'p#?', database: 'my db' },
  });
  expect(readMysqlAddress('mariadb://u@host/db')).toMatchObject({ port: 3306, password: '' });
});

test.each([
  ['', undefined],
  ['?ssl-mode=DISABLED', undefined],
  ['?ssl-mode=REQUIRED', { rejectUnauthorized: false, verifyIdentity: false }],
  ['?ssl-mode=VERIFY_CA', { rejectUnauthorized: true, verifyIdentity: false }],
  ['?ssl-mode=VERIFY_IDENTITY', { rejectUnauthorized: true, verifyIdentity: true }],
])('%j encrypts as MySQL’s own clients do', (parameters, ssl) => {
  expect(readMysqlAddress(`mysql://u:p@host/db${parameters}`).ssl).toEqual(ssl);
});

test('a fault names the setting and repeats nothing', () => {
  expect(() => readMysqlAddress('mysql://u:canary@host')).toThrow(/^DATABASE_URL names no database/);
  expect(() => readMysqlAddress('mysql://u:canary@host')).not.toThrow(/canary/);
});
