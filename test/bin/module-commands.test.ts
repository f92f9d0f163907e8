import { expect, test } from 'vitest';
import { makeRoot } from '../support/make-root.js';
import { commandLineForTests } from './run-for-tests.js';

/** A module with a type that counts to three, and commands of its own. */
const PACKAGE = { 'package.json': '{ "version": "1.2.3" }' };
const FILES = {
  ...PACKAGE,
  'modules/shop/configs/progress-manager.ts': `
    export default { type: { count: { run: async (job, context) => { context.debug('counting'); return { upTo: job.data.upTo }; } } } };`,
  'modules/shop/commands.ts': `
    export default (program, line) => {
      program.command('shop:count').description('count the stock').argument('<to>')
        .action(async (to) => {
          const { id } = await line.withApp(({ container }) => container.get('progressManager').push('Count', 'count', { upTo: to }));
          const job = await line.run(id, { debug: true });
          line.result({ status: job.status, ...job.result }, () => 'Counted to ' + job.result.upTo + '.');
        });
      program.command('shop:close').action(() => { line.note('Closing.'); line.line({ a: 1 }, () => 'a'); line.exitWith(2); });
      program.command('shop:fail').action(() => { throw new Error('nothing in stock'); });
    };`,
};

test('modules bring commands, which work on the application and carry a job in this process', async () => {
  await using root = await makeRoot(FILES);
  await using line = await commandLineForTests({}, root.path);
  await line.pm('migrate');
  const counted = await line.pm('shop:count', '7');
  expect(counted).toMatchObject({ exitCode: 0 });
  expect(counted.stdout).toContain('counting');
  expect(counted.stdout.trimEnd().split('\n').at(-1)).toBe('Counted to 7.');
  const json = await line.pm('--json', 'shop:count', '8');
  expect(JSON.parse(json.stdout)).toEqual({ status: 'success', upTo: '8' });
});

test('they say lines, notes and exit codes, and an error is told as of any command', async () => {
  await using root = await makeRoot(FILES);
  await using line = await commandLineForTests({}, root.path);
  expect(await line.pm('shop:close')).toEqual({ exitCode: 2, stdout: 'a\n', stderr: 'Closing.\n' });
  expect(await line.pm('shop:close', '--json')).toEqual({ exitCode: 2, stdout: '{"a":1}\n', stderr: 'Closing.\n' });
  expect(await line.pm('shop:fail')).toMatchObject({ exitCode: 1, stderr: 'nothing in stock\n' });
  expect(await line.pm('shop:count')).toMatchObject({ exitCode: 2 });
});

test('help lists them by module, and a slip is answered with the name that was meant', async () => {
  await using root = await makeRoot(FILES);
  await using line = await commandLineForTests({}, root.path);
  const { stdout } = await line.pm('--help');
  expect(stdout).toMatch(/Commands of the module shop:\n +shop:count <to> +count the stock/);
  const slip = await line.pm('shop:cuont', '7');
  expect(slip.exitCode).toBe(2);
  expect(slip.stderr).toContain('Did you mean shop:count?');
});

test('two owners of one command are both named, core among them', async () => {
  const commands = (name: string) => `export default (program) => { program.command('${name}').action(() => 1); };`;
  await using root = await makeRoot({
    ...PACKAGE,
    'modules/ant/commands.ts': commands('stock'),
    'modules/bee/commands.ts': commands('stock'),
    'modules/cat/commands.ts': commands('list'),
  });
  await using line = await commandLineForTests({}, root.path);
  const { exitCode, stderr } = await line.pm('check');
  expect(exitCode).toBe(78);
  expect(stderr).toContain('Two owners of the command "stock": modules/ant/commands.ts and modules/bee/commands.ts.');
  expect(stderr).toContain('Two owners of the command "list": core and modules/cat/commands.ts.');
});

test('a broken file of commands is told by check and by its own commands, and stops no other', async () => {
  await using root = await makeRoot({
    ...PACKAGE,
    'modules/ant/commands.ts': 'export default 7;',
    'modules/bee/commands.ts': "export default () => { throw new Error('no'); };",
    'modules/cat/routes.ts': 'export default 7;',
  });
  await using line = await commandLineForTests({}, root.path);
  for (const words of [['check'], ['ant:go']]) {
    const { exitCode, stderr } = await line.pm(...words);
    expect(exitCode).toBe(78);
    expect(stderr).toContain('modules/ant/commands.ts: the default export is a number.');
  }
  expect((await line.pm('check')).stderr).toContain('modules/cat/routes.ts: the default export is a number.');
  expect(await line.pm('migrate', '--help')).toMatchObject({ exitCode: 0 });
  expect(await line.pm('help', 'list')).toMatchObject({ exitCode: 0 });
  expect(await line.pm('--version')).toMatchObject({ exitCode: 0 });
});

test('check names what modules bring besides their configs', async () => {
  await using root = await makeRoot({
    ...FILES,
    'modules/shop/routes.ts': "class R { mount() {} }\nexport default { prefix: '/api/shop', service: R };",
  });
  await using line = await commandLineForTests({}, root.path);
  const { stdout } = await line.pm('check', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    routes: [{ prefix: '/api/shop', module: 'shop', origin: 'modules/shop/routes.ts' }],
    commands: ['shop:count', 'shop:close', 'shop:fail'],
  });
});
