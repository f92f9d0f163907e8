import { describe, expect, test } from 'vitest';
import { KnexAccessStore } from '../../core/store/knex-access-store.js';
import { openDatabase } from '../../core/store/open-database.js';
import { down, up } from '../../migrations/0002-access.js';

/** What keys and sessions promise, run on any database. `openUrl` gives an empty one, to be disposed of. */
export function accessStoreContract(openUrl: () => Promise<{ readonly url: string } & AsyncDisposable>): void {
  const clock = { now: undefined as string | undefined };

  async function open() {
    const empty = await openUrl();
    clock.now = undefined;
    const database = await openDatabase({ url: empty.url, pool: 2, boundNow: () => clock.now });
    await up(database.knex);
    const store = new KnexAccessStore(database);
    const close = async () => {
      await database.close();
      await empty[Symbol.asyncDispose]();
    };
    return { store, knex: database.knex, [Symbol.asyncDispose]: close };
  }

  const ann = { id: 'ann', isAdmin: false };

  describe('keys', () => {
    test('a key says whose it is, and whether they are an admin', async () => {
      await using access = await open();
      const { key } = await access.store.addKey(ann);
      const root = await access.store.addKey({ id: 'root', isAdmin: true });
      expect(key).toMatch(/^pm[A-Za-z0-9]{38}$/);
      expect(await access.store.userOfKey(key)).toEqual(ann);
      expect(await access.store.userOfKey(root.key)).toEqual({ id: 'root', isAdmin: true });
    });

    test('no two keys are alike', async () => {
      await using access = await open();
      expect((await access.store.addKey(ann)).key).not.toBe((await access.store.addKey(ann)).key);
    });

    test.for([
      ['nothing', () => ''],
      ['the prefix only', () => 'pm_'],
      ['another key of the same length', (key: string) => key.slice(0, -2) + (key.endsWith('AA') ? 'BB' : 'AA')],
      ['a part of the key', (key: string) => key.slice(0, 20)],
      ['the key in another case', (key: string) => key.replace(/[a-z]/g, (letter) => letter.toUpperCase())],
      ['the key and a space', (key: string) => `${key} `],
      ['the key and a NUL', (key: string) => `${key}\0`],
      ['the key, percent-encoded', (key: string) => `%70${key.slice(1)}`],
      ['a number', () => '0'],
      ['SQL', () => "' OR 1=1 --"],
      ['a megabyte of letters', () => 'pm_'.padEnd(1024 * 1024, 'a')],
    ] as const)('%s opens nothing', async ([, change]) => {
      await using access = await open();
      const { key } = await access.store.addKey(ann);
      expect(await access.store.userOfKey(change(key))).toBeUndefined();
    });

    test('a revoked key opens nothing, and cannot be revoked again', async () => {
      await using access = await open();
      const { id, key } = await access.store.addKey(ann);
      const other = await access.store.addKey(ann);
      expect(await access.store.revokeKey(id)).toBe(true);
      expect(await access.store.userOfKey(key)).toBeUndefined();
      expect(await access.store.revokeKey(id)).toBe(false);
      expect(await access.store.userOfKey(other.key)).toEqual(ann);
    });

    test.for(['nope', '', "x' OR '1'='1", 'é💥', 'a\0b'])('there is no key %j to revoke', async (id) => {
      await using access = await open();
      const { key } = await access.store.addKey(ann);
      expect(await access.store.revokeKey(id)).toBe(false);
      expect(await access.store.userOfKey(key)).toEqual(ann);
    });

    test('the list tells whose keys there are, and since and until when, but no key', async () => {
      await using access = await open();
      clock.now = '2026-01-01 00:00:00.001';
      const first = await access.store.addKey(ann);
      clock.now = '2026-01-02 00:00:00.002';
      await access.store.addKey({ id: 'root', isAdmin: true });
      await access.store.revokeKey(first.id);
      const list = await access.store.listKeys();
      expect(list).toEqual([
        { id: first.id, user: ann, createdAt: '2026-01-01T00:00:00.001Z', revokedAt: '2026-01-02T00:00:00.002Z' },
        {
          id: expect.any(String),
          user: { id: 'root', isAdmin: true },
          createdAt: '2026-01-02T00:00:00.002Z',
          revokedAt: undefined,
        },
      ]);
      expect(JSON.stringify(list)).not.toContain(first.key);
    });

    test('users whose ids differ only in case or accents are different people', async () => {
      await using access = await open();
      const ids = ['Zoe', 'zoe', 'zoë', '💥', 'x'.repeat(255)];
      const keys = await Promise.all(ids.map((id) => access.store.addKey({ id, isAdmin: false })));
      const users = await Promise.all(keys.map(({ key }) => access.store.userOfKey(key)));
      expect(users.map((user) => user?.id)).toEqual(ids);
    });

    test.for([
      ['nothing', ''],
      ['256 characters', 'x'.repeat(256)],
      ['a line break', 'a\nb'],
      ['a NUL', 'a\0b'],
      ['half a character', '\ud800'],
      ['a space before', ' ann'],
      ['a space behind', 'ann '],
    ] as const)('a user id with %s is refused', async ([, id]) => {
      await using access = await open();
      await expect(access.store.addKey({ id, isAdmin: false })).rejects.toMatchObject({
        code: 'invalid_input',
        field: 'userId',
      });
      await expect(access.store.beginSession({ user: { id, isAdmin: false } })).rejects.toMatchObject({
        code: 'invalid_input',
      });
    });
  });

  describe('sessions', () => {
    test('a session says whose it is until it is ended', async () => {
      await using access = await open();
      const token = (await access.store.beginSession({ user: ann })) ?? '';
      expect(await access.store.userOfSession(token)).toEqual(ann);
      await access.store.endSession(token);
      expect(await access.store.userOfSession(token)).toBeUndefined();
    });

    test('a session begun with a key ends when the key is revoked', async () => {
      await using access = await open();
      const { id, key } = await access.store.addKey(ann);
      const token = (await access.store.beginSession({ key })) ?? '';
      expect(await access.store.userOfSession(token)).toEqual(ann);
      await access.store.revokeKey(id);
      expect(await access.store.userOfSession(token)).toBeUndefined();
    });

    test('no session begins with a key that opens nothing', async () => {
      await using access = await open();
      expect(await access.store.beginSession({ key: 'pm_wrong' })).toBeUndefined();
    });

    test('a session lasts 30 days by the clock of the database, then it is forgotten', async () => {
      await using access = await open();
      clock.now = '2026-01-01 00:00:00.000';
      const token = (await access.store.beginSession({ user: ann })) ?? '';
      clock.now = '2026-01-30 23:59:59.999';
      expect(await access.store.userOfSession(token)).toEqual(ann);
      clock.now = '2026-01-31 00:00:00.000';
      expect(await access.store.userOfSession(token)).toBeUndefined();
      await access.store.beginSession({ user: ann });
      expect(await access.knex('progress_session')).toHaveLength(1);
    });

    test.for([
      ['nothing', ''],
      ['a word', 'nope'],
      ['SQL', "' OR '1'='1"],
      ['an accent', 'é'],
      ['100,000 letters', 'x'.repeat(100_000)],
    ] as const)('no session is found for %s', async ([, token]) => {
      await using access = await open();
      await access.store.beginSession({ user: ann });
      expect(await access.store.userOfSession(token)).toBeUndefined();
      await access.store.endSession(token);
    });
  });

  test('who reads the tables finds neither keys nor tokens', async () => {
    await using access = await open();
    const { key } = await access.store.addKey(ann);
    const token = (await access.store.beginSession({ key })) ?? '';
    const rows = JSON.stringify([await access.knex('progress_access_key'), await access.knex('progress_session')]);
    expect(rows).toContain('ann');
    expect(rows).not.toContain(key.slice(3));
    expect(rows).not.toContain(token);
  });

  test('the migration can run again and loses nothing, and can be taken back', async () => {
    await using access = await open();
    const { key } = await access.store.addKey(ann);
    await up(access.knex);
    expect(await access.store.userOfKey(key)).toEqual(ann);
    await down(access.knex);
    await down(access.knex);
    expect(await access.knex.schema.hasTable('progress_access_key')).toBe(false);
    expect(await access.knex.schema.hasTable('progress_session')).toBe(false);
  });
}
