import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A root whose modules a test writes itself: what each config declares, as source that has the door as `pm`, by the module's name. */
export interface ModuleFolder extends AsyncDisposable {
  readonly root: string;
}

/** Makes one; `await using` removes it. */
export async function moduleFolder(configs: Readonly<Record<string, string>>): Promise<ModuleFolder> {
  const root = await mkdtemp(join(tmpdir(), 'pm-modules-'));
  for (const [module, config] of Object.entries(configs)) {
    const folder = join(root, 'modules', module, 'configs');
    await mkdir(folder, { recursive: true });
    const source = `import * as pm from 'progress-manager';\nexport default pm.defineProgressManager(${config});\n`;
    await writeFile(join(folder, 'progress-manager.ts'), source);
  }
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}
