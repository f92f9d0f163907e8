import { readFile } from 'node:fs/promises';
import type { ProgressManagerConfig } from '../contracts/config.js';
import { checkShape } from './check-shape.js';
import type { FoundFile } from './discover.js';
import { importDefault, originOf } from './import-default.js';

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
export async function load({ module, file }: FoundFile, root: string): Promise<Loaded> {
  const origin = originOf(file, root);
  const imported = await importDefault(file, origin, 'defineProgressManager({ … })');
  if ('fault' in imported) return broken(file, origin, [imported.fault]);
  const { exported } = imported;
  const faults = checkShape(exported).map((fault) => `${origin}: ${fault}`);
  if (faults.length > 0) return broken(file, origin, faults, exported);
  return { loaded: { module, origin, config: exported as ProgressManagerConfig } };
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
