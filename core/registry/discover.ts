import { existsSync } from 'node:fs';
import { basename, dirname, parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import fg from 'fast-glob';
import { distance } from './nearest.js';

export interface FoundConfig {
  /** The module's folder name; `core` for core's own. */
  readonly module: string;
  /** Absolute path. */
  readonly file: string;
}

/**
 * Core's own config first, then those of `modules/*` under the root, by module name. A folder without one is none.
 * `.ts` is found in a repository, `.js` in its build.
 */
export async function discover(root: string): Promise<FoundConfig[]> {
  const files = await fg('modules/*/configs/progress-manager.{ts,js}', { cwd: root, absolute: true });
  const found = files.map((file) => ({ module: basename(dirname(dirname(file))), file }));
  return [{ module: 'core', file: coreConfig() }, ...found.sort(byModule)];
}

/**
 * Files that look as if they were meant to be a module's config and would be passed over in silence: a slip in the
 * name, the folder or the extension. A sentence for each.
 */
export async function misplacedConfigs(root: string): Promise<string[]> {
  const files = await fg('modules/*/{,configs/,config/}*.{ts,js,mts,mjs,cts,cjs,tsx,jsx}', {
    cwd: root,
    caseSensitiveMatch: false,
  });
  return (
    files
      .filter((file) => !/\/configs\/progress-manager\.(?:ts|js)$/.test(file))
      // A name with a dot is a neighbour: a declaration, a test.
      .filter((file) => !parse(file).name.includes('.'))
      .filter((file) => distance(parse(file).name, 'progress-manager') <= MOST_SLIPS)
      .sort()
      .map(
        (file) =>
          `${file} is not read: a module's config is ${file.split('/').slice(0, 2).join('/')}/configs/progress-manager.ts (or .js). Rename it.`,
      )
  );
}

const MOST_SLIPS = 2;

/** Not by path, where a slash would put `import-more/…` before `import/…`; the same under every locale. */
function byModule(a: FoundConfig, b: FoundConfig): number {
  if (a.module === b.module) return a.file < b.file ? -1 : 1;
  return a.module < b.module ? -1 : 1;
}

function coreConfig(): string {
  const file = fileURLToPath(new URL('../configs/progress-manager', import.meta.url));
  return existsSync(`${file}.ts`) ? `${file}.ts` : `${file}.js`;
}
