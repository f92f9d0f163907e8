import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/**
 * A root with some of the bundled modules, by name, others from their folders, and others as files that are written;
 * `await using` removes it. Folders are links: a file in them finds packages as where it lies.
 */
export async function moduleRoot(
  bundled: readonly string[],
  others: Readonly<Record<string, string | URL>> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'progress-manager-modules-'));
  await mkdir(join(path, 'modules'));
  await writeFile(join(path, 'package.json'), '{ "type": "module", "version": "0.0.0" }');
  const folders = [
    ...bundled.map((name) => [name, join(REPOSITORY, 'modules', name)] as const),
    ...Object.entries(others).map(
      ([name, folder]) => [name, folder instanceof URL ? fileURLToPath(folder) : folder] as const,
    ),
  ];
  for (const [name, folder] of folders) await symlink(folder, join(path, 'modules', name));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, file)), { recursive: true });
    await writeFile(join(path, file), text);
  }
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
