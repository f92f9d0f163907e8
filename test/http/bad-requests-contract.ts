import { afterEach, beforeAll, expect } from 'vitest';
import { openApplication, type TestApplication } from './application.js';
import { badAddresses } from './bad-addresses.js';
import { badBodies } from './bad-bodies.js';
import { badPushes } from './bad-pushes.js';

/**
 * Requests of `reliability.md` section 4 that reach a route of this version, on any database: each is refused, or kept
 * literally, and leaves the other jobs as they were. `openUrl` gives an empty database, to be disposed of.
 */
export function badRequests(openUrl: () => Promise<{ readonly url: string } & AsyncDisposable>): void {
  let application: TestApplication;

  beforeAll(async () => {
    const empty = await openUrl();
    application = await openApplication({ databaseUrl: empty.url });
    await application.push('ann', { name: 'untouched' });
    return async () => {
      await application[Symbol.asyncDispose]();
      await empty[Symbol.asyncDispose]();
    };
  });

  afterEach(async () => {
    const { list } = await application.expect(200, 'root', 'GET /api/jobs?status=new&q=untouched');
    expect(list).toMatchObject([{ name: 'untouched', status: { key: 'new' }, progress: 0 }]);
    expect(({} as { isAdmin?: unknown }).isAdmin).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(application.logged.splice(0)).toEqual([]);
  });

  badBodies(() => application);
  badPushes(() => application);
  badAddresses(() => application);
}
