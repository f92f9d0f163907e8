import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import fg from 'fast-glob';

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

/** Not by path, where a slash would put `import-more/…` before `import/…`; the same under every locale. */
function byModule(a: FoundConfig, b: FoundConfig): number {
  if (a.module === b.module) return a.file < b.file ? -1 : 1;
  return a.module < b.module ? -1 : 1;
}

function coreConfig(): string {
  const file = fileURLToPath(new URL('../configs/progress-manager', import.meta.url));
  return existsSync(`${file}.ts`) ? `${file}.ts` : `${file}.js`;
}
