import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

/** The version of this package. The root is the repository, or `dist` in it. */
export function packageVersion(root: string): string {
  const folder = basename(resolve(root)) === 'dist' ? join(root, '..') : root;
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  return version;
}
