import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { makeRoot } from '../support/make-root.js';
import { commandLineForTests } from './run-for-tests.js';

const routes = (prefix: string) => `
  class Shop {
    constructor() { if (process.env.SHOP_TILL !== undefined) throw new Error('SHOP_TILL is nothing to set.'); }
    mount(app) { app.get('/', (context) => context.text('open')); }
  }
  export default { prefix: '${prefix}', service: Shop };`;
const FILES = {
  'package.json': '{ "version": "1.2.3" }',
  'modules/bar/migrations/0001-bar.ts': `export const up = (knex) => knex.raw('CREATE TABLE bar (FULLTEXT KEY t)');`,
  'modules/bar/routes.ts': routes('/bar'),
  'modules/shop/routes.ts': routes('/shop'),
};

test('check makes what answers addresses as a start does, and leaves nothing behind', async () => {
  await using root = await makeRoot(FILES);
  // Nobody listens there, and migrations may speak the words of that server alone.
  const there = { DATABASE_URL: 'mysql://ann:secret@127.0.0.1:1/none', PM_FILES_DIR: `${root.path}/files` };
  await using line = await commandLineForTests(there, root.path);
  const before = (await readdir(root.path)).sort();
  expect(await line.pm('check')).toMatchObject({ exitCode: 0, stderr: '' });
  process.env.SHOP_TILL = '1';
  try {
    const said = await line.pm('check');
    expect(said).toMatchObject({ exitCode: 78, stdout: '' });
    for (const name of ['bar', 'shop']) {
      const fault = `modules/${name}/routes.ts: the routes under "/${name}" could not be added: SHOP_TILL is nothing to set.`;
      expect(said.stderr).toContain(fault);
    }
  } finally {
    delete process.env.SHOP_TILL;
  }
  expect((await readdir(root.path)).sort()).toEqual(before);
});

test('check makes no database file', async () => {
  await using root = await makeRoot(FILES);
  const there = { DATABASE_URL: `sqlite:${root.path}/data/jobs.sqlite`, PM_FILES_DIR: `${root.path}/files` };
  await using line = await commandLineForTests(there, root.path);
  const before = (await readdir(root.path)).sort();
  expect(await line.pm('check')).toMatchObject({ exitCode: 0 });
  expect((await readdir(root.path)).sort()).toEqual(before);
});

test('check tells every wrong setting', async () => {
  await using root = await makeRoot(FILES);
  await using line = await commandLineForTests({ PM_LIMIT: '0' }, root.path);
  expect(await line.pm('check')).toMatchObject({ exitCode: 78, stderr: expect.stringContaining('PM_LIMIT') });
});
