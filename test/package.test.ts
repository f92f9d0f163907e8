import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** The package as a user gets it: packed, unpacked into a project of its own, and used without our sources. */

const REPOSITORY = process.cwd();
const TSC = join(REPOSITORY, 'node_modules/.bin/tsc');
const TSCONFIG = {
  compilerOptions: {
    ...{ target: 'ES2022', module: 'NodeNext', strict: true, skipLibCheck: true },
    ...{ types: ['node'], rootDir: '.', outDir: 'out' },
  },
  include: ['modules', 'use.ts'],
};

const PASSED = /^# pass 7\n# fail 0$/m;

let folder: string;
let project: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pm-package-'));
  project = join(folder, 'project');
  const installed = join(project, 'node_modules/progress-manager');
  await mkdir(installed, { recursive: true });
  await pack(installed);
  for (const name of await readdir(join(REPOSITORY, 'node_modules'))) {
    if (name !== 'progress-manager')
      await symlink(join(REPOSITORY, 'node_modules', name), join(project, 'node_modules', name));
  }
  await writeFile(join(project, 'package.json'), '{"name":"app","type":"module"}');
}, 180_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Builds, packs, and unpacks into a folder. */
async function pack(into: string): Promise<void> {
  const tree = join(folder, 'tree');
  await mkdir(tree);
  await run(REPOSITORY, TSC, '-p', 'tsconfig.build.json', '--outDir', join(tree, 'dist'));
  for (const name of ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE'])
    await cp(join(REPOSITORY, name), join(tree, name));
  await run(tree, 'npm', 'pack', '--silent', '--pack-destination', folder);
  const [tarball = ''] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  await run(folder, 'tar', 'xzf', tarball, '-C', into, '--strip-components=1');
}

async function run(cwd: string, program: string, ...words: readonly string[]): Promise<string> {
  const env = { ...process.env, NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: undefined };
  const { stdout, stderr } = await promisify(execFile)(program, words, { cwd, env }).catch((error) => {
    throw new Error(`${program} ${words.join(' ')}: ${error.stdout}${error.stderr}`);
  });
  return stdout + stderr;
}

const inProject = (program: string, ...words: readonly string[]) => run(project, program, ...words);
const tests = (...words: readonly string[]) => inProject(process.execPath, '--test', '--test-reporter=tap', ...words);

test('make:module writes a module that compiles and passes', { timeout: 180_000 }, async () => {
  const command = join(project, 'node_modules/progress-manager/dist/bin/progress-manager.js');
  await inProject(process.execPath, command, 'make:module', 'letters', '--actions');
  await inProject(process.execPath, command, 'make:module', 'nightly', '--run');
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  const use = (items: string) =>
    `import { bootForTests } from 'progress-manager/testing';
export async function use() {
  const kit = await bootForTests({ root: '.' });
  return kit.runJob('letters', { items: ${items} });
}
`;
  await writeFile(join(project, 'use.ts'), use('[1]'));
  await expect(inProject(TSC, '--noEmit')).rejects.toThrow("Type 'number' is not assignable to type 'string'");
  await writeFile(join(project, 'use.ts'), use("['a']"));
  expect(await inProject(TSC)).toBe('');

  const sources = ['letters', 'nightly'].map((name) => `modules/${name}/test/${name}.test.ts`);
  expect(await tests('--import', 'tsx', ...sources)).toMatch(PASSED);
  const built = sources.map((file) => join('out', file.replace(/ts$/, 'js')));
  expect(await tests(...built), 'as plain JavaScript').toMatch(PASSED);
});

test('the kit works in plain JavaScript, without any TypeScript', { timeout: 60_000 }, async () => {
  const file = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootForTests, killAfter, scriptedJob } from 'progress-manager/testing';

test('a scripted job survives', async (t) => {
  const modules = { mine: { type: { report: scriptedJob(['OK', 'NOT_NOW', 'OK']) } } };
  const kit = await bootForTests({ modules });
  t.after(() => kit.close());
  const { job, deaths } = await kit.runJob('report', {}, { kill: killAfter(1) });
  assert.deepEqual([job.status, deaths], ['success', 1]);
  await assert.rejects(bootForTests({ modules, limt: 1 }), /Did you mean "limit"/);
});
`;
  await writeFile(join(project, 'mine.test.js'), file);
  expect(await tests('mine.test.js')).toMatch(/^# pass 1$/m);
});
