import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commandLineForTests, type Said } from './run-for-tests.js';

const REPOSITORY = process.cwd();
const LONGEST = 'a-name-of-no-less-than-thirty1';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pm-make-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function make(...words: readonly string[]): Promise<Said> {
  await using line = await commandLineForTests();
  return line.pm('make:module', ...words, '--dir', folder);
}

/** A clone of the repository, but for its modules. */
async function clone(): Promise<void> {
  await symlink(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  for (const name of ['core', 'migrations', 'package.json', 'biome.json', 'tsconfig.json'])
    await cp(join(REPOSITORY, name), join(folder, name), { recursive: true });
}

/** What a program said, whether or not it liked it. */
async function said(program: string, ...words: readonly string[]): Promise<string> {
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
  const { stdout, stderr } = await promisify(execFile)(program, words, { cwd: folder, env }).catch((error) => error);
  return stdout + stderr;
}

const local = (program: string) => join(REPOSITORY, 'node_modules/.bin', program);

test('what it writes compiles, keeps to the style and passes in a clone', { timeout: 180_000 }, async () => {
  await clone();
  await mkdir(join(folder, 'modules'));
  await make('letters');
  await make('x', '--actions');
  await make('downloads', '--actions');
  await make('nightly-report', '--run');
  await make(LONGEST, '--run', '--actions');
  await make(`${LONGEST.slice(0, -1)}2`, '--actions');
  expect(await said(local('tsc'))).toBe('');
  expect(await said(local('biome'), 'check', '--error-on-warnings', 'modules')).toMatch(/^Checked \d+ files.*\n$/m);
  const tests = ['letters', 'x', 'nightly-report', LONGEST].map((name) => `modules/${name}/test/${name}.test.ts`);
  const source = '--conditions=progress-manager-source';
  const run = await said(process.execPath, '--import', 'tsx', source, '--test', '--test-reporter=tap', ...tests);
  expect(run).toMatch(/^# pass 14$/m);
  expect(run).toMatch(/^# fail 0$/m);
});

test('it lists what it wrote, and how to run the test', async () => {
  await writeFile(join(folder, 'package.json'), '{"name":"app","type":"module"}');
  const { exitCode, stdout, stderr } = await make('monthly-report', '--actions', '--json');
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    module: 'monthly-report',
    type: 'monthlyReport',
    files: [
      'modules/monthly-report/configs/progress-manager.ts',
      'modules/monthly-report/services/monthly-report-progress-manager.ts',
      'modules/monthly-report/services/download-monthly-report-action.ts',
      'modules/monthly-report/i18n/en.json',
      'modules/monthly-report/test/monthly-report.test.ts',
    ],
    test: 'node --import tsx --test modules/monthly-report/test/monthly-report.test.ts',
  });
  expect(stderr).toBe(`${folder} had no "modules": made it.\n`);
});

test('it says what a project lacks', async () => {
  const { stderr } = await make('letters');
  expect(stderr).toContain(`say "type": "module" in ${join(folder, 'package.json')}`);
});

test('a folder that is there stays as it is', async () => {
  await mkdir(join(folder, 'modules/letters'), { recursive: true });
  await writeFile(join(folder, 'modules/letters/mine.txt'), 'mine');
  const refused = await make('letters');
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toContain('modules/letters is there already, and stays as it is.');
  expect(await readdir(join(folder, 'modules/letters'))).toEqual(['mine.txt']);
});

test.each([
  '',
  'Letters',
  '2letters',
  'letters-',
  'a--b',
  '../letters',
  'a/b',
  'letters.ts',
  'äpfel',
  'core',
  'x'.repeat(31),
])('the name "%s" is refused, and nothing is written', async (name) => {
  const refused = await make(name);
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toMatch(/^name: /);
  expect(await readdir(folder)).toEqual([]);
});

test('a folder that is not there, and a type that another module owns, are refused', async () => {
  await using line = await commandLineForTests();
  const nowhere = await line.pm('make:module', 'letters', '--dir', join(folder, 'nowhere'));
  expect(nowhere).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('nowhere. Make it first.') });
  const taken = await line.pm('make:module', 'mass-update', '--dir', REPOSITORY);
  expect(taken.stderr).toContain('the job type "massUpdate" is declared in modules/mass-action/configs');
  expect(await readdir(join(REPOSITORY, 'modules'))).not.toContain('mass-update');
});

test('modules with faults of their own do not stop it', async () => {
  const configs = join(folder, 'modules/broken/configs');
  await mkdir(configs, { recursive: true });
  await writeFile(join(configs, 'progress-manager.ts'), 'export default { typ: {} };');
  const { exitCode, stderr } = await make('letters');
  expect(exitCode).toBe(0);
  expect(stderr).toContain('The modules that are there have faults of their own: ');
  expect(await readFile(join(folder, 'modules/letters/i18n/en.json'), 'utf8')).toContain('"letters": "Letters"');
});
