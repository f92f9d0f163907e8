import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { docModules } from './support/doc-modules.js';
import { makeRoot } from './support/make-root.js';

/** The whole clone is compiled: seconds, on a busy machine half a minute. */
const PATIENT = { timeout: 180_000 };
const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
const pages = (await readdir(join(REPOSITORY, 'docs'))).filter((name) => /^from-.*\.md$/.test(name));

/** What `tsc` says of the clone, as if these files stood in it. */
async function compiled(files: Readonly<Record<string, string>>): Promise<string> {
  await using root = await makeRoot({ ...files, 'package.json': '{ "type": "module" }' });
  const own = JSON.parse(await readFile(join(REPOSITORY, 'tsconfig.json'), 'utf8'));
  const config = {
    extends: join(REPOSITORY, 'tsconfig.json'),
    compilerOptions: {
      // A file finds what lies beside it in either folder.
      rootDirs: [root.path, REPOSITORY],
      paths: { 'progress-manager': [join(REPOSITORY, 'core/index.ts')] },
      typeRoots: [join(REPOSITORY, 'node_modules/@types')],
    },
    include: ['**/*.ts', ...own.include.map((name: string) => join(REPOSITORY, name))],
    exclude: own.exclude.map((name: string) => join(REPOSITORY, name)),
  };
  await writeFile(join(root.path, 'tsconfig.json'), JSON.stringify(config));
  const tsc = join(REPOSITORY, 'node_modules/.bin/tsc');
  const { stdout } = await promisify(execFile)(tsc, ['-p', root.path]).catch((error) => error);
  return stdout;
}

test(
  'the examples of the pages for those who come from elsewhere compile in a clone, tests and all',
  PATIENT,
  async () => {
    const files = Object.assign({}, ...(await Promise.all(pages.map(docModules))));
    expect(Object.keys(files).length).toBeGreaterThanOrEqual(pages.length);
    expect(await compiled(files)).toBe('');
  },
);

test('an example whose type a test declares otherwise would not compile', PATIENT, async () => {
  const [page = ''] = Object.values(await docModules('from-mobizon.md'));
  const text = page.replaceAll('addRecipients', 'letters');
  expect(await compiled({ 'modules/campaign/configs/progress-manager.ts': text })).toContain("Property 'letters'");
});
