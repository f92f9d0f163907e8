import { ConfigurationError } from '../contracts/errors.js';
import type { RegisteredRoutes, RoutesConfig } from '../contracts/routes.js';
import { checkRoutes } from './check-routes.js';
import { filesOf } from './discover.js';
import { importDefault, originOf } from './import-default.js';
import { kindOf } from './shape.js';

/** What a file of a module exports, with the file. */
export interface LoadedPart {
  readonly module: string;
  readonly origin: string;
  readonly exported: unknown;
}

/** The addresses of all modules, by module name. Throws ConfigurationError with every fault of every file. */
export async function loadRoutes(root: string): Promise<readonly RegisteredRoutes[]> {
  const parts = await loadParts(root, { name: 'routes', example: 'defineRoutes({ … })', check: checkRoutes });
  return parts.flatMap(({ module, origin, exported }) =>
    [exported].flat().map((config) => ({ module, origin, config: config as RoutesConfig })),
  );
}

/** What adds the commands of each module, by module name. Throws as `loadRoutes`. */
export function loadCommands(root: string): Promise<readonly LoadedPart[]> {
  const example = 'defineCommands((program, line) => { … })';
  return loadParts(root, {
    name: 'commands',
    example,
    check: (exported) =>
      typeof exported === 'function'
        ? []
        : [`the default export is ${kindOf(exported)}. Write "export default ${example}".`],
  });
}

interface Part {
  readonly name: string;
  /** What the file was expected to export. */
  readonly example: string;
  /** What is wrong with what it does export. */
  readonly check: (exported: unknown) => readonly string[];
}

async function loadParts(root: string, { name, example, check }: Part): Promise<readonly LoadedPart[]> {
  const found = await filesOf(root, name);
  const faults: string[] = [];
  const parts: LoadedPart[] = [];
  for (const { module, file } of found) {
    const origin = originOf(file, root);
    const imported = await importDefault(file, origin, example);
    const wrong =
      'fault' in imported ? [imported.fault] : check(imported.exported).map((fault) => `${origin}: ${fault}`);
    faults.push(...wrong);
    if ('exported' in imported) parts.push({ module, origin, exported: imported.exported });
  }
  if (faults.length > 0) throw new ConfigurationError(faults);
  return parts;
}
