import { existsSync } from 'node:fs';
import { join, parse, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import fg from 'fast-glob';
import { distance } from './nearest.js';

export interface FoundFile {
  /** The module's folder name; `core` for core's own. */
  readonly module: string;
  /** Absolute path. */
  readonly file: string;
}

/**
 * Core's own config first, then those of `modules/*` under the root, by module name. A folder without one is none.
 * `.ts` is found in a repository, `.js` in its build.
 */
export async function discover(root: string): Promise<FoundFile[]> {
  return [{ module: 'core', file: coreConfig() }, ...(await filesOf(root, 'configs/progress-manager'))];
}

/** A file that modules may have, by module name: `routes`, `commands`. */
export async function filesOf(root: string, name: string): Promise<FoundFile[]> {
  const modules = resolve(root, 'modules');
  const files = await fg(`*/${name}.{ts,js}`, { cwd: modules });
  return files.map((file) => ({ module: file.split('/')[0] as string, file: join(modules, file) })).sort(byModule);
}

/** What a module may consist of, and by how many slips a name may miss it to be taken for it. */
const PARTS = [
  { file: 'configs/progress-manager', what: 'config', slips: 2 },
  // Ordinary names, which may mean something else when a letter is missing.
  { file: 'routes', what: 'routes', slips: 0 },
  { file: 'commands', what: 'commands', slips: 0 },
] as const;

/**
 * Files that look as if they were meant to be a part of a module and would be passed over in silence: a slip in the
 * name, the folder or the extension. A sentence for each.
 */
export async function misplacedParts(root: string): Promise<string[]> {
  const files = await fg('modules/*/{,configs/,config/}*.{ts,js,mts,mjs,cts,cjs,tsx,jsx}', {
    cwd: root,
    caseSensitiveMatch: false,
  });
  // A name with a dot is a neighbour: a declaration, a test.
  const named = files.filter((file) => !parse(file).name.includes('.')).sort();
  return named.flatMap((file) => {
    const { name } = parse(file);
    const part = PARTS.find((each) => distance(name.toLowerCase(), parse(each.file).name) <= each.slips);
    const place = `${file.split('/').slice(0, 2).join('/')}/${part?.file}`;
    if (part === undefined || [`${place}.ts`, `${place}.js`].includes(file)) return [];
    return [
      `${file} is not read: a module's ${part.what} ${part.what === 'config' ? 'is' : 'are'} ${place}.ts (or .js). Rename it.`,
    ];
  });
}

/** Not by path, where a slash would put `import-more/…` before `import/…`; the same under every locale. */
function byModule(a: FoundFile, b: FoundFile): number {
  if (a.module === b.module) return a.file < b.file ? -1 : 1;
  return a.module < b.module ? -1 : 1;
}

function coreConfig(): string {
  const file = fileURLToPath(new URL('../configs/progress-manager', import.meta.url));
  return existsSync(`${file}.ts`) ? `${file}.ts` : `${file}.js`;
}
