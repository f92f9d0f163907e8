import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeError } from '../contracts/describe-error.js';

/** What a file exports as default, or why there is nothing. */
export type Imported = { readonly exported: unknown } | { readonly fault: string };

/** Never throws, so that the faults of all files can be told at once. `example`: the code that was expected. */
export async function importDefault(file: string, origin: string, example: string): Promise<Imported> {
  try {
    const module: { default?: unknown } = await import(pathToFileURL(file).href);
    if ('default' in module) return { exported: module.default };
    return { fault: `${origin} has no default export. Write "export default ${example}".` };
  } catch (error) {
    return { fault: `${origin} could not be loaded: ${describeError(error)}${hintFor(error)}` };
  }
}

/** As messages name a file: relative to the root where it lies below it. */
export function originOf(file: string, root: string): string {
  const path = relative(root, file);
  return path.startsWith('..') ? file : path;
}

function hintFor(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') return '. Run from source with tsx, or point the root at the build.';
  if (code === 'ERR_MODULE_NOT_FOUND') return '. Check the path of the import; it ends in .js also for a .ts file.';
  return '';
}
