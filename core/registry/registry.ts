import type { Registry } from '../contracts/config.js';
import { ConfigurationError } from '../contracts/errors.js';
import { discover, misplacedConfigs } from './discover.js';
import { load } from './load.js';
import { merge } from './merge.js';

/** Finds, imports and merges all configs under the root. Throws ConfigurationError with every fault of every file. */
export async function loadRegistry(root: string): Promise<Registry> {
  const found = await discover(root);
  const results = await Promise.all(found.map((config) => load(config, root)));
  const broken = results.flatMap((result) => ('faults' in result ? [result] : []));
  const { registry, faults } = merge(
    results.flatMap((result) => ('loaded' in result ? [result.loaded] : [])),
    (key) => broken.some(({ text }) => text.includes(key)),
  );
  const all = [...(await misplacedConfigs(root)), ...broken.flatMap((result) => result.faults), ...faults];
  if (all.length > 0) throw new ConfigurationError(all);
  return registry;
}
