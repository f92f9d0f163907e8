import { afterEach, expect, test, vi } from 'vitest';
import { findOrInstall } from './install.js';

afterEach(() => vi.restoreAllMocks());

test('a missing program is one sentence: what to install, which variable to set, and how to do without', () => {
  vi.spyOn(process, 'getuid').mockReturnValue(1000);
  const missing = { names: ['no-such-server'], package: 'no-such-server-core', variable: 'TEST_DATABASE_URL' };
  expect(() => findOrInstall(missing)).toThrow(
    /no-such-server was not found: install it .*no-such-server-core.* or set TEST_DATABASE_URL; "npm run test:unit" needs neither/,
  );
});
