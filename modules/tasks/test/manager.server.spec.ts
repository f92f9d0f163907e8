import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../../test/support/test-database.js';
import { until } from '../../../test/support/until.js';
import { TIF, taskLine } from './command-line.js';
import { ledgerOf, mostAtOnce } from './ledger.js';
import { manager, statusesOf } from './managers.js';
import { taskRoot } from './task-root.js';

const FIFTY = Array.from({ length: 50 }, (_, index) => index + 1);
const PATIENCE_MS = 400_000;

let root: Awaited<ReturnType<typeof taskRoot>>;
beforeAll(async () => {
  root = await taskRoot();
});
afterAll(() => root[Symbol.asyncDispose]());

test('two managers that are started together run each of fifty tasks once, five at a time at most', {
  timeout: PATIENCE_MS + 60_000,
}, async () => {
  await using database = await createTestDatabase();
  await using line = await taskLine(root.path, { DATABASE_URL: database.url });
  const ledger = line.path('ledger');
  const task = { method: `${TIF}:lasts`, parametres: { ledger, ms: 20 } };
  for (const _ of FIFTY) await line.pm('push', 'task', 'Lasts', '--data', JSON.stringify(task));
  await using first = manager(line);
  await using second = manager(line);
  const areEnded = async () => (await ledgerOf(ledger)).filter(({ word }) => word === 'end').length >= 50;
  await until('all to end', areEnded, PATIENCE_MS);
  for (const each of [first, second]) each.signal('SIGTERM');
  expect([await first.ended, await second.ended]).toEqual(Array(2).fill({ code: 0, signal: null }));
  const entries = await ledgerOf(ledger);
  const begun = entries.filter(({ word }) => word === 'begin').map(({ id }) => id);
  expect(begun.sort((one, other) => one - other)).toEqual(FIFTY);
  expect(new Set(entries.map(({ pid }) => pid)).size).toBe(50);
  expect(mostAtOnce(entries)).toBeLessThanOrEqual(5);
  expect(await statusesOf(line)).toEqual(FIFTY.map(() => 'success'));
});
