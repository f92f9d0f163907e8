import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

/** The files of the page, in a folder as its reader has one. */
async function filesOfPage(): Promise<string> {
  const page = await readFile(join(REPOSITORY, 'docs/from-1c-background-jobs.md'), 'utf8');
  const folder = await mkdtemp(join(tmpdir(), 'pm-from-1c-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  // As in a clone: other modules lie there too.
  await cp(join(REPOSITORY, 'modules'), join(folder, 'modules'), {
    recursive: true,
    filter: (path) => !/\/(test|web)$/.test(path),
  });
  await mkdir(join(folder, 'node_modules'));
  for (const name of await readdir(join(REPOSITORY, 'node_modules')))
    await symlink(join(REPOSITORY, 'node_modules', name), join(folder, 'node_modules', name));
  await symlink(REPOSITORY, join(folder, 'node_modules/progress-manager'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  for (const [, path = '', code = ''] of page.matchAll(/```ts\n\/\/ (\S+\.ts)([\s\S]*?)```/g)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), `//${code}`);
  }
  return folder;
}

test('the program of the page compiles and does what it says', { timeout: 60_000 }, async () => {
  const folder = await filesOfPage();
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

  const command = /node (--import tsx \S+ program\.ts)$/m.exec(await readFile(join(folder, 'program.ts'), 'utf8'));
  const words = command?.[1]?.split(' ') ?? [];
  expect(words).toHaveLength(4);
  const env = { ...process.env, NODE_OPTIONS: undefined };
  const { stdout, stderr } = await run(process.execPath, words, { cwd: folder, env });
  expect(stderr).not.toContain('"level":"warn"');
  expect(stdout).toBe("[ '2.txt is written' ] Completed\n[ '1.txt is written' ] Completed\n");
  expect(await readFile(join(folder, '1.txt'), 'utf8')).toBe('1');
  expect(await readFile(join(folder, '2.txt'), 'utf8')).toBe('1');
});

test('the page fits on a screen, without a shout', async () => {
  const page = await readFile(join(REPOSITORY, 'docs/from-1c-background-jobs.md'), 'utf8');
  expect(page.split('\n').length).toBeLessThanOrEqual(61);
  expect(page).not.toContain('!');
});
