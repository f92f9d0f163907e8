import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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
  'modules/bar/routes.ts': routes('/bar'),
  'modules/shop/routes.ts': routes('/shop'),
};

test('check makes what answers addresses as a start does, and leaves no database and no folder', async () => {
  await using root = await makeRoot(FILES);
  await using line = await commandLineForTests({ DATABASE_URL: 'mysql://ann:secret@127.0.0.1:1/none' }, root.path);
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
  expect((await readdir(tmpdir())).filter((name) => name.startsWith('progress-manager-check-'))).toEqual([]);
});

test('check tells every wrong setting', async () => {
  await using root = await makeRoot(FILES);
  await using line = await commandLineForTests({ PM_LIMIT: '0' }, root.path);
  expect(await line.pm('check')).toMatchObject({ exitCode: 78, stderr: expect.stringContaining('PM_LIMIT') });
});
