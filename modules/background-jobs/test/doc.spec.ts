import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

/** The program of the page, in a folder as its reader has one. */
async function programOfPage(): Promise<string> {
  const page = await readFile(join(REPOSITORY, 'docs/from-1c-background-jobs.md'), 'utf8');
  const [, program = ''] = /```ts\n([\s\S]*?)```/.exec(page) ?? [];
  const folder = await mkdtemp(join(tmpdir(), 'pm-from-1c-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(join(REPOSITORY, 'modules/background-jobs'), join(folder, 'modules/background-jobs'), {
    recursive: true,
    filter: (path) => !path.endsWith('/test'),
  });
  await mkdir(join(folder, 'node_modules'));
  await symlink(REPOSITORY, join(folder, 'node_modules/progress-manager'));
  await symlink(join(REPOSITORY, 'node_modules/@types'), join(folder, 'node_modules/@types'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  await writeFile(join(folder, 'program.ts'), program);
  return folder;
}

test('the program of the page compiles and does what it says', { timeout: 60_000 }, async () => {
  const folder = await programOfPage();
  const run = promisify(execFile);
  const config = {
    extends: join(REPOSITORY, 'tsconfig.json'),
    compilerOptions: { paths: { 'progress-manager': [join(REPOSITORY, 'core/index.ts')] } },
    // Of all these it says that parameters have decorators.
    include: ['program.ts', 'modules', ...['core', 'migrations'].map((name) => join(REPOSITORY, name))],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const compiled = await run(join(REPOSITORY, 'node_modules/.bin/tsc'), ['-p', folder]).catch((error) => error);
  expect(compiled.stdout).toBe('');

  const source = ['--import', join(REPOSITORY, 'node_modules/tsx/dist/loader.mjs')];
  const words = [...source, '--conditions=progress-manager-source', 'program.ts'];
  const env = { ...process.env, NODE_OPTIONS: undefined };
  const { stdout } = await run(process.execPath, words, { cwd: folder, env });
  expect(stdout).toBe("[ '2.txt is written' ] Completed\n[ '1.txt is written' ] Completed\n");
  expect(await readFile(join(folder, '1.txt'), 'utf8')).toBe('1');
  expect(await readFile(join(folder, '2.txt'), 'utf8')).toBe('1');
});

test('the page fits on a screen, without a shout', async () => {
  const page = await readFile(join(REPOSITORY, 'docs/from-1c-background-jobs.md'), 'utf8');
  expect(page.split('\n').length).toBeLessThanOrEqual(61);
  expect(page).not.toContain('!');
});
