import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bootForTests } from 'progress-manager/testing';
import { describe, expect, test } from 'vitest';
import { tables } from '../../config/tables.js';
import { importsOf, sources } from '../floors/imports.js';
import { moduleRoot } from '../support/module-root.js';

const MODULES = fileURLToPath(new URL('../../modules', import.meta.url));
const all = (await readdir(MODULES, { withFileTypes: true }))
  .filter((each) => each.isDirectory())
  .map(({ name }) => name);
/** Those that speak the words of another system; one that was removed is not missed. */
const SYSTEMS = ['espo-api', 'tasks', 'background-jobs', 'task-api', 'mobizon-api'].filter((name) =>
  all.includes(name),
);

describe.each(SYSTEMS)('the module %s', (name) => {
  const own = sources().filter(({ file }) => file.startsWith(`modules/${name}/`) && !file.includes('/test/'));

  test('has at most 400 lines', async () => {
    const texts = await Promise.all(own.map(({ file }) => readFile(join(MODULES, '..', file), 'utf8')));
    const lines = texts.reduce((sum, text) => sum + text.trimEnd().split('\n').length, 0);
    expect(lines).toBeGreaterThan(50);
    expect(lines).toBeLessThanOrEqual(400);
  });

  test("imports nothing but 'progress-manager' and its own files", () => {
    const strange = own
      .flatMap(importsOf)
      .filter(({ to }) => to !== 'progress-manager' && !to.startsWith(`modules/${name}/`));
    expect(strange.map(({ from, to }) => `${from} imports ${to}`)).toEqual([]);
  });

  test('can be taken away, and the others go on', async () => {
    await using root = await moduleRoot(all.filter((other) => other !== name));
    await using kit = await bootForTests({ root: root.path, tables });
    await kit.knex('place').insert({ name: 'Here', lat: 1, lng: 2 });
    expect((await kit.runJob('export', { table: 'place' })).job.status).toBe('success');
  });

  test('stands alone', async () => {
    await using root = await moduleRoot([name]);
    await using kit = await bootForTests({ root: root.path });
    expect((await kit.progressManager.find()).total).toBe(0);
  });
});
