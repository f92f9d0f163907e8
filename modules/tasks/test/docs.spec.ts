import { readFile } from 'node:fs/promises';
import { bootForTests } from 'progress-manager/testing';
import { expect, test } from 'vitest';
import { taskRoot } from './task-root.js';

const DOCUMENT = new URL('../../../docs/from-apidae-tasks.md', import.meta.url);

test('the example of the document for people who move here works as it is written', async () => {
  const [module = '', program = ''] = [...(await readFile(DOCUMENT, 'utf8')).matchAll(/```ts\n(.*?)```/gs)].map(
    ([, code = '']) => code,
  );
  const [, path = ''] = /^\/\/ (\S+)\n/.exec(module) ?? [];
  await using root = await taskRoot({ [path]: module });
  await using kit = await bootForTests({ root: root.path });
  const run = new Function('app', `return (async () => { ${program}; return { id, latest }; })();`);
  const { id, latest } = await run(kit.app);
  expect(latest).toMatchObject({ id, status: 'TO_RUN', parametres: { source: 'x' }, signature: 'tif' });
  await kit.carry(id);
  await kit.carry(id + 1);
  const tasks = await kit.app.container.get('tasks').list();
  expect(tasks.map(({ status }) => status)).toEqual(['COMPLETED', 'COMPLETED']);
  expect(tasks.at(-1)).toMatchObject({
    result: { lots: 3 },
    logs: { info: expect.arrayContaining([['Lot 1 extrait', { source: 'x' }]]) },
  });
});

test('the document fits on a screen, and names no path of a machine', async () => {
  const text = await readFile(DOCUMENT, 'utf8');
  expect(text.split('\n').length).toBeLessThanOrEqual(62);
  expect(text).not.toMatch(/\/(work|home|tmp)\//);
});
