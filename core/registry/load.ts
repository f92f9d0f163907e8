import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ProgressManagerConfig } from '../contracts/config.js';
import { describeError } from '../contracts/describe-error.js';
import { checkShape } from './check-shape.js';
import type { FoundConfig } from './discover.js';

export interface LoadedConfig {
  readonly module: string;
  /** Path as messages name it: relative to the root where it lies below it. */
  readonly origin: string;
  readonly config: ProgressManagerConfig;
}

/** What is wrong with a file. */
export interface BrokenConfig {
  readonly origin: string;
  readonly faults: readonly string[];
  /** Of the file: others may miss what it would have declared. */
  readonly text: string;
  /** What it exports, where it could be loaded: anything. */
  readonly config: unknown;
}

export type Loaded = { readonly loaded: LoadedConfig } | BrokenConfig;

/** Imports one config and checks its shape. Never throws: what is wrong is told, so that all files can be told at once. */
export async function load({ module, file }: FoundConfig, root: string): Promise<Loaded> {
  const origin = relative(root, file).startsWith('..') ? file : relative(root, file);
  let exported: { default?: unknown };
  try {
    exported = await import(pathToFileURL(file).href);
  } catch (error) {
    return broken(file, origin, [`${origin} could not be loaded: ${describeError(error)}${hintFor(error)}`]);
  }
  if (!('default' in exported)) {
    return broken(file, origin, [
      `${origin} has no default export. Write "export default defineProgressManager({ … })".`,
    ]);
  }
  const faults = checkShape(exported.default).map((fault) => `${origin}: ${fault}`);
  if (faults.length > 0) return broken(file, origin, faults, exported.default);
  return { loaded: { module, origin, config: exported.default as ProgressManagerConfig } };
}

/** A config that was handed over instead of found. Never throws, as `load`. */
export function check(module: string, config: unknown): Loaded {
  const origin = `the module "${module}" given to boot`;
  const faults = checkShape(config).map((fault) => `${origin}: ${fault}`);
  if (faults.length > 0) return { origin, faults, text: '', config };
  return { loaded: { module, origin, config: config as ProgressManagerConfig } };
}

async function broken(
  file: string,
  origin: string,
  faults: readonly string[],
  config?: unknown,
): Promise<BrokenConfig> {
  // A file that cannot even be read could not be loaded either, which is told already.
  return { origin, faults, text: await readFile(file, 'utf8').catch(() => ''), config };
}

function hintFor(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') return '. Run from source with tsx, or point the root at the build.';
  if (code === 'ERR_MODULE_NOT_FOUND') return '. Check the path of the import; it ends in .js also for a .ts file.';
  return '';
}
