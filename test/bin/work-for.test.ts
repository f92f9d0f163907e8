import { expect, test } from 'vitest';
import { makeRoot } from '../support/make-root.js';
import { commandLineForTests } from './run-for-tests.js';

const FILES = {
  'package.json': '{ "version": "1.2.3" }',
  'modules/shop/configs/progress-manager.ts': `
    import { setTimeout as sleep } from 'node:timers/promises';
    export default { type: { count: { run: async () => { await sleep(1500); return 'counted'; } } } };`,
  'modules/shop/commands.ts': `
    export default (program, line) => {
      program.command('shop:work').action(() => line.work(300));
      program.command('shop:for <ms>').action((ms) => line.work(Number(ms), '--rounds'));
      program.command('shop:document').action(() => line.result({ a: 1 }));
      program.command('shop:secrets').action(async () => {
        const secrets = await line.options.secrets(['a=@' + line.env.SECRET_FILE]);
        line.result(secrets, () => secrets.a);
      });
      program.command('shop:options').option('--a <pair>', '', line.options.several).option('--b <json>', '')
        .action(async ({ a, b }) => {
          const read = { a: line.options.pairs(a, '--a'), b: await line.options.json(b, '--b') };
          line.result(read, () => '');
        });
    };`,
};

test.each([
  ['work --for', ['work', '--for', '1']],
  ['a command of a module that works for some time', ['shop:work']],
])('%s begins jobs for so long, lets what runs end, and ends', async (_, words) => {
  await using root = await makeRoot(FILES);
  await using line = await commandLineForTests({ PM_INTERVAL_MS: '50', PM_GRACE_MS: '100' }, root.path);
  await line.pm('migrate');
  await line.pm('push', 'count', 'Count');
  expect(await line.pm(...words)).toMatchObject({ exitCode: 0 });
  const { stdout } = await line.pm('show', '1', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ status: { key: 'success' }, result: 'counted' });
});

test.each(['0', '-1', '90000', 'x'])('work --for %s is refused', async (seconds) => {
  await using line = await commandLineForTests();
  expect(await line.pm('work', '--for', seconds)).toMatchObject({ exitCode: 2 });
});

test("a module's command reads secrets from files, as push does", async () => {
  await using root = await makeRoot({ ...FILES, 'token.txt': 'S3CRET\n' });
  await using line = await commandLineForTests({ SECRET_FILE: `${root.path}/token.txt` }, root.path);
  expect((await line.pm('shop:secrets')).stdout).toBe('S3CRET\n');
});

test("a module's command reads its options as core's own do", async () => {
  await using root = await makeRoot(FILES);
  await using line = await commandLineForTests({}, root.path);
  const read = async (...words: readonly string[]) =>
    JSON.parse((await line.pm('shop:options', '--json', ...words)).stdout);
  expect(await read()).toEqual({ a: {} });
  expect(await read('--a', 'x=1', '--a', 'y=a=b', '--a', 'z=', '--b', '[1]')).toEqual({
    a: { x: '1', y: 'a=b', z: '' },
    b: [1],
  });
  for (const [words, sentence] of [
    [['--a', 'x'], '--a: must be name=value, and is "x".'],
    [['--a', '=x'], '--a: must be name=value, and is "=x".'],
    [['--a', 'x=1', '--a', 'x=2'], '--a: names "x" twice.'],
    [['--b', '{'], '--b: is not JSON'],
  ] as const)
    expect(await line.pm('shop:options', ...words)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(sentence),
    });
});

test.each(['0', 'x', '86400001'])('a command of a module cannot work for %s ms, and names its option', async (ms) => {
  await using root = await makeRoot(FILES);
  await using line = await commandLineForTests({}, root.path);
  expect(await line.pm('shop:for', ms)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--rounds: must be from 1 to 86400 seconds.'),
  });
});

test('a result without words is the document', async () => {
  await using root = await makeRoot(FILES);
  await using line = await commandLineForTests({}, root.path);
  expect(await line.pm('shop:document')).toEqual({ exitCode: 0, stdout: '{\n  "a": 1\n}\n', stderr: '' });
});
