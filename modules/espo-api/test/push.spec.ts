import { scriptedJob } from 'progress-manager/testing';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openEspo } from './open-espo.js';

const ANN = { id: 'ann', isAdmin: false };

const strict = { ...scriptedJob(['OK']), schema: z.strictObject({ table: z.string().optional() }) };

test.each<[string, Parameters<Awaited<ReturnType<typeof openEspo>>['espo']['push']>]>([
  ['an unknown type', ['Export', 'nope']],
  ['an empty name', ['', 'export']],
  ['the name "0"', ['0', 'export']],
  ['an empty type', ['Export', '']],
  ['the type "0"', ['Export', '0']],
  ['no name at all', [undefined as unknown as string, 'export']],
  ['a name that cannot be kept', ['a\u0000b', 'export']],
  ['a name that is too long', ['x'.repeat(256), 'export']],
  ['data that JSON cannot say', ['Export', 'export', 5n]],
  ['data over 1 MiB', ['Export', 'export', 'x'.repeat(1_100_000)]],
  ['data that does not fit the type', ['Export', 'strict', { table: 5 }]],
  ['a user id that is no text', ['Export', 'export', [], 17 as unknown as string]],
  ['a flag that is none', ['Export', 'export', [], 'ann', 1 as unknown as boolean]],
])('%s gives false, no row, and a line in the log that says why', async (_, job) => {
  await using at = await openEspo({ app: { type: { strict } } });
  expect(await at.espo.push(...job)).toBe(false);
  expect(await at.rows()).toBe(0);
  const told = at.kit.logged.filter(({ message }) => message === 'a push was refused');
  expect(told).toEqual([
    expect.objectContaining({
      level: 'warn',
      fields: expect.objectContaining({ reason: expect.stringMatching(/\w{3}/) }),
    }),
  ]);
});

test('what a hook refuses gives false', async () => {
  const beforePush = () => {
    throw new Error('Not today.');
  };
  await using at = await openEspo({ app: { hook: { beforePush } } });
  expect(await at.espo.push('Export', 'export')).toBe(false);
  expect(at.kit.logged.at(-1)?.fields).toMatchObject({ code: 'refused_by_hook', reason: 'Not today.' });
});

test('a database that is away is no false, but thrown', async () => {
  await using at = await openEspo();
  await at.kit.knex.schema.renameTable('progress_manager', 'elsewhere');
  await expect(at.espo.push('Export', 'export')).rejects.toThrow('no such table');
  await at.kit.knex.schema.renameTable('elsewhere', 'progress_manager');
});

test('a mistake of the program is no false, but thrown', async () => {
  const thrown: unknown[] = [];
  await using at = await openEspo({
    slice: (service, _job, { write }) => {
      write(async () => {
        await at.espo.push('Export', 'export').catch((error) => thrown.push(error));
      });
      service.advance(1, 1);
      return true;
    },
  });
  await at.kit.carry(await at.push('ann'));
  expect(thrown).toEqual([expect.objectContaining({ code: 'inside_write' })]);
});

test('has the defaults of TreoCore: no data, the current user, not hidden', async () => {
  await using at = await openEspo({ app: { type: { strict } } });
  const ann = at.espo.as(ANN);
  expect(await at.espo.push('Of nobody', 'export')).toBe(true);
  expect(await ann.push('Own', 'strict')).toBe(true);
  expect(await ann.push('Own too', 'export', [], '0')).toBe(true);
  expect(await ann.push('Hidden', 'export', [1], '', true)).toBe(true);
  expect(await at.espo.push("Ben's", 'export', { b: 1 }, 'ben')).toBe(true);
  const { progressManager } = at.kit;
  const all = [...(await progressManager.find()).list, ...(await progressManager.find({ isHidden: true })).list];
  expect(all.map(({ name, data, userId, isHidden }) => [name, data, userId, isHidden])).toEqual([
    ["Ben's", { b: 1 }, 'ben', false],
    ['Own too', {}, 'ann', false],
    ['Own', {}, 'ann', false],
    ['Of nobody', {}, undefined, false],
    ['Hidden', [1], 'ann', true],
  ]);
});

test('nobody but admins and the application pushes for somebody else', async () => {
  await using at = await openEspo();
  expect(await at.espo.as(ANN).push('Export', 'export', [], 'ben')).toBe(false);
  expect(await at.espo.as({ id: 'root', isAdmin: true }).push('Export', 'export', [], 'ben')).toBe(true);
});
