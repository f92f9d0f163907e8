import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bootForTests, type TestApp } from 'progress-manager/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXE, ODS, ODT, XLSX, zip } from './spreadsheets.js';
import { taskRoot } from './task-root.js';

let root: Awaited<ReturnType<typeof taskRoot>>;
beforeAll(async () => {
  root = await taskRoot({ 'mon fichier été.xlsx': '' });
});
afterAll(() => root[Symbol.asyncDispose]());

const METHOD = 'App\\Services\\TIF:reads';
const tasksOf = ({ app }: TestApp) => app.container.get('tasks');

async function* bytes(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}

async function uploaded(kit: TestApp, name: string, content: Uint8Array): Promise<string> {
  return (await kit.progressManager.upload(name, bytes(content))).id;
}

test.each([
  ['mon fichier été.xlsx', XLSX, 'mon-fichier-ete.xlsx'],
  ['Budget_2026 (v2).XLSX', XLSX, 'Budget-2026-v2.xlsx'],
  ['a.b.c.ods', ODS, 'a-b-c.ods'],
  ['日本.ods', ODS, 'fichier.ods'],
  [`${'x'.repeat(250)}.ods`, ODS, `${'x'.repeat(200)}.ods`],
])('the file %s is kept under a plain name, and read by the method', async (name, content, fichier) => {
  await using kit = await bootForTests({ root: root.path });
  const id = await tasksOf(kit).add({ method: METHOD, file: await uploaded(kit, name, content) });
  expect(await tasksOf(kit).get(id)).toMatchObject({ status: 'TO_RUN', fichier });
  await kit.carry(id);
  expect(await tasksOf(kit).get(id)).toMatchObject({ result: [fichier, content.length, 'PK', content.length] });
});

test.each([
  ['a.xlsx', EXE],
  ['a.exe', EXE],
  ['a.exe', XLSX],
  ['a', XLSX],
  ['xlsx', XLSX],
  ['a.xlsx', ODS],
  ['a.ods', XLSX],
  ['a.ods', ODT],
  ['a.xlsx', zip({ 'word/document.xml': '' })],
  ['a.xlsx', Buffer.from('xl/workbook.xml')],
  ['a.ods', Buffer.alloc(0)],
  ['a.xlsx', Buffer.alloc(0)],
])(
  '%s is refused when name and content are not those of a spreadsheet, and no task is there that could run',
  async (name, content) => {
    await using kit = await bootForTests({ root: root.path });
    const file = await uploaded(kit, name, content);
    const sentence = `"${name}" is no .xlsx or .ods file by its name and its content.`;
    await expect(tasksOf(kit).add({ method: METHOD, file })).rejects.toThrow(sentence);
    await expect(tasksOf(kit).add({ method: METHOD, next: { method: METHOD, file } })).rejects.toThrow(sentence);
    expect((await kit.progressManager.find()).total).toBe(0);
  },
);

test('a second file is refused', async () => {
  await using kit = await bootForTests({ root: root.path });
  const files = [await uploaded(kit, 'a.xlsx', XLSX), await uploaded(kit, 'b.xlsx', XLSX)];
  const pushed = kit.progressManager.push('Two', 'task', { method: METHOD, parametres: {}, caches: [] }, { files });
  await expect(pushed).rejects.toThrow('A task has one file.');
});

test('a file of this machine is copied, and no name leads out of the folder', async () => {
  await using kit = await bootForTests({ root: root.path });
  const path = join(root.path, 'mon fichier été.xlsx');
  await writeFile(path, XLSX);
  const tasks = tasksOf(kit);
  const before = await readdir(root.path);
  const fichiers = [];
  for (const file of [{ path }, { path, name: '../../x.xlsx' }, { path, name: '..\\..\\y.xlsx' }])
    fichiers.push((await tasks.get(await tasks.add({ method: METHOD, file }))).fichier);
  expect(fichiers).toEqual(['mon-fichier-ete.xlsx', 'x.xlsx', 'y.xlsx']);
  expect(await readdir(root.path)).toEqual(before);
});

test('a task without a file has none to read', async () => {
  await using kit = await bootForTests({ root: root.path });
  const id = await tasksOf(kit).add({ method: METHOD });
  await kit.carry(id);
  expect(await tasksOf(kit).get(id)).toMatchObject({ status: 'COMPLETED', fichier: null, result: [] });
  await expect(tasksOf(kit).openFile(id)).rejects.toThrow('There is no file "fichier".');
});

test('a task is removed with its file, one that waits to run too', async () => {
  await using kit = await bootForTests({ root: root.path });
  const tasks = tasksOf(kit);
  const add = async () => tasks.add({ method: METHOD, file: await uploaded(kit, 'a.xlsx', XLSX) });
  const [first, second] = [await add(), await add()];
  await tasks.delete(second);
  expect(await tasks.list()).toMatchObject([{ id: first, status: 'TO_RUN' }]);
  await kit.carry(first);
  await tasks.delete(first);
  expect((await kit.progressManager.find()).total).toBe(0);
  expect(await kit.knex('progress_upload')).toEqual([]);
});
