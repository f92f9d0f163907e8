import { rm } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { Application } from '../application.js';
import { describeMassAction } from './mass-action-behaviour.js';

describe('SQLite', { timeout: 20_000 }, () => describeMassAction(() => Application.boot()));

test('no ids at all end in success at once, and touch nothing', async () => {
  await using application = await Application.boot();
  await application.knex('item').insert({ code: 'a' });
  const { id } = await application.progressManager.push('Remove', 'massRemove', { table: 'item', ids: [] });
  expect(await application.slice(id)).toMatchObject({
    status: 'success',
    progress: 100,
    counts: { processed: 0, total: 0 },
  });
  const massAction = application.app.container.get('massAction');
  expect(await massAction.start({ table: 'item', action: 'remove', ids: [] })).toEqual({ count: 0 });
  expect(await application.knex('item').count({ rows: '*' })).toEqual([{ rows: 1 }]);
});

test('a file of ids that is gone ends the job in an error, and touches nothing', async () => {
  await using application = await Application.boot();
  await application.knex('item').insert({ code: 'a' });
  const ids = Array.from({ length: 1001 }, (_, index) => index + 1);
  const { id } = await application.progressManager.push('Remove', 'massRemove', { table: 'item', ids });
  await rm(application.filesDir, { recursive: true });
  const job = await application.runToEnd(id);
  expect(job).toMatchObject({ status: 'error', error: { message: 'There is no file "ids.txt".' } });
  expect(await application.knex('item').count({ rows: '*' })).toEqual([{ rows: 1 }]);
});

test('users and admins may do what the list of tables says; the application may do what admins may', async () => {
  await using application = await Application.boot();
  const massAction = application.app.container.get('massAction');
  const remove = (table: string, isAdmin: boolean) =>
    massAction.start({ table, action: 'remove', where: [] }, { user: { id: 'u1', isAdmin } });
  await expect(remove('place', false)).rejects.toThrow('Choose one of: item.');
  await expect(remove('place', true)).resolves.toEqual({ count: 0 });
  await expect(remove('closed', true)).rejects.toThrow('Choose one of: place, item.');
  await expect(massAction.start({ table: 'place', action: 'remove', where: [] })).resolves.toEqual({ count: 0 });
});

test('the job of an admin is worked on', async () => {
  await using application = await Application.boot();
  const as = { user: { id: 'boss', isAdmin: true } };
  const { id } = await application.progressManager.push('Remove', 'massRemove', { table: 'place', where: [] }, {}, as);
  expect((await application.runToEnd(id)).status).toBe('success');
});
