import { describe, expect, test } from 'vitest';
import { Application } from '../application.js';
import { describeExport } from './export-behaviour.js';

describe('SQLite', { timeout: 20_000 }, () => describeExport(() => Application.boot()));

test('an empty table gives a header', async () => {
  await using application = await Application.boot();
  const { id } = await application.progressManager.push('Export', 'export', { table: 'item' });
  expect(await application.runToEnd(id)).toMatchObject({ status: 'success', result: { exported: 0 } });
  expect(await application.fileText(id, 'item.csv')).toBe('"code","amount","note"\r\n');
});

test('a table that may not be exported is refused, and so is what is frozen at push', async () => {
  await using application = await Application.boot();
  const { progressManager } = application;
  const as = { user: { id: 'u1', isAdmin: false } };
  await expect(progressManager.push('Export', 'export', { table: 'closed' }, {}, as)).rejects.toThrow(
    'The table "closed" is not open to you for this. Choose one of: place, item.',
  );
  await expect(progressManager.push('Export', 'export', { table: 'place', maxId: 5 })).rejects.toThrow('maxId');
});
