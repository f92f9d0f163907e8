import type { ProgressManagerConfig, Registry } from '../contracts/config.js';
import { ConfigurationError } from '../contracts/errors.js';
import { discover, misplacedConfigs } from './discover.js';
import { check, load } from './load.js';
import { merge } from './merge.js';

/** Configs that stand in no folder, by the name of their module. */
export type GivenModules = Readonly<Record<string, ProgressManagerConfig>>;

/**
 * Finds, imports and merges all configs under the root, then those that are given. Throws ConfigurationError with
 * every fault of every file.
 */
export async function loadRegistry(root: string, given: GivenModules = {}): Promise<Registry> {
  const found = await discover(root);
  const loaded = await Promise.all(found.map((config) => load(config, root)));
  const results = [...loaded, ...Object.entries(given).map(([module, config]) => check(module, config))];
  const broken = results.flatMap((result) => ('faults' in result ? [result] : []));
  const { registry, faults } = merge(
    results.flatMap((result) => ('loaded' in result ? [result.loaded] : [])),
    (key) => broken.some(({ text }) => text.includes(key)),
  );
  const all = [...(await misplacedConfigs(root)), ...broken.flatMap((result) => result.faults), ...faults];
  if (all.length > 0) throw new ConfigurationError(all);
  return registry;
}
