import { describe, expect, test } from 'vitest';
import { Application, TABLES } from '../application.js';
import { describeImport } from './import-behaviour.js';

describe('SQLite', { timeout: 20_000 }, () => describeImport(() => Application.boot()));

const USER = { id: 'u1', isAdmin: false };

test.each([
  ['an empty file', ''],
  ['a byte order mark alone', '\uFEFF'],
  ['a header alone', '\uFEFFname,lat,lng'],
  ['a header and blank lines', 'name,lat,lng\r\n\r\n\r\n'],
])('%s is an import of nothing', async (_, content) => {
  await using application = await Application.boot();
  const job = await application.runToEnd(await application.pushImport('place', 'places.csv', content));
  expect(job).toMatchObject({ status: 'success', progress: 100, result: { imported: 0, rejected: 0 } });
  await expect(application.progressManager.act(job.id, 'download_rejected')).rejects.toThrow('Every row was imported');
});

test.each([
  ['unknown', 'name,lat,lng,size\n', 'The table has no column "size".'],
  ['given twice', 'name,lat,lng,name\n', 'The header names column "name" twice.'],
  ['missing', 'name,lat\n', 'The file lacks column "lng"'],
  ['unreadable', 'na"me,lat\n', 'The header row cannot be read: misplaced or unclosed quote.'],
])('a column that is %s ends the job with a sentence', async (_, header, sentence) => {
  await using application = await Application.boot();
  const job = await application.runToEnd(await application.pushImport('place', 'places.csv', `${header}x,1,2,3\n`));
  expect(job.status).toBe('error');
  expect(job.error?.message).toContain(sentence);
});

test('a header behind megabytes of blank lines is found', async () => {
  await using application = await Application.boot();
  const content = `${'\r\n'.repeat(3 * 1024 * 1024)}name,lat,lng\nA,1,1\n`;
  const job = await application.runToEnd(await application.pushImport('place', 'places.csv', content));
  expect(job).toMatchObject({ status: 'success', result: { imported: 1, rejected: 0 } });
});

test('a blank line of carriage returns shifts no row', async () => {
  await using application = await Application.boot();
  const content = 'name,lat,lng\nA,1,1\n\r\r\nB,2,2\nC,3,3\nD,4,4\n';
  const job = await application.runToEnd(await application.pushImport('place', 'places.csv', content));
  expect(job).toMatchObject({ status: 'success', result: { imported: 4, rejected: 0 } });
  const names = await application.app.container.get('knex')('place').orderBy('name').pluck('name');
  expect(names).toEqual(['A', 'B', 'C', 'D']);
});

test('a table that is not open to the user is refused at push, naming those that are', async () => {
  await using application = await Application.boot();
  const file = await application.progressManager.upload('a.csv', (async function* () {})(), { user: USER });
  const push = (table: string, user = USER) =>
    application.progressManager.push('Import', 'import', { table }, { files: [file.id] }, { user });
  for (const table of ['item', 'closed', 'progress_manager', '__proto__']) {
    await expect(push(table)).rejects.toThrow(
      `The table "${table}" is not open to you for this. Choose one of: place.`,
    );
  }
  await expect(push('closed', { id: 'u1', isAdmin: true })).rejects.toThrow('Choose one of: place, item.');
  await expect(push('place')).resolves.toMatchObject({ created: true });
});

test('a path in the data is refused, and so are no file and two files', async () => {
  await using application = await Application.boot();
  const { progressManager } = application;
  const withPath = { table: 'place', path: '/etc/passwd' };
  await expect(progressManager.push('Import', 'import', withPath)).rejects.toMatchObject({ code: 'invalid_data' });
  await expect(progressManager.push('Import', 'import', { table: 'place' })).rejects.toMatchObject({
    ...{ code: 'file_refused', message: expect.stringContaining('An import reads one file, and was given 0.') },
  });
});

test('a table that was closed after the push is not imported into', async () => {
  await using application = await Application.boot(undefined, { ...TABLES, place: { id: 'id', columns: {} } });
  const { knex, progressManager } = application;
  const file = await progressManager.upload(
    'items.csv',
    (async function* () {
      yield Buffer.from('code\na\n');
    })(),
  );
  const { id } = await progressManager.push('Import', 'import', { table: 'item' }, { files: [file.id] });
  await knex('progress_manager')
    .where({ id })
    .update({ data: JSON.stringify({ table: 'place' }) });
  expect((await application.runToEnd(id)).error?.message).toContain('"place" is not open');
});
