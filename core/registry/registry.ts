import type { ProgressManagerConfig, Registry } from '../contracts/config.js';
import { ConfigurationError } from '../contracts/errors.js';
import type { ScheduleConfig, ScheduledRun } from '../contracts/schedule.js';
import { discover, misplacedParts } from './discover.js';
import { type BrokenConfig, check, load } from './load.js';
import { merge } from './merge.js';
import { missingTypes, unfitData } from './scheduled-types.js';
import { isPlain, type Plain } from './shape.js';

/** A schedule of one declared type is none of any type: its data does not fit the others. */
type ScheduleOfSomeType = Omit<ScheduleConfig, 'data'> & {
  readonly data?: ((run: ScheduledRun) => unknown) | object | string | number | boolean;
};
type GivenConfig = Omit<ProgressManagerConfig, 'schedule'> & {
  readonly schedule?: Readonly<Record<string, ScheduleOfSomeType>>;
};
/** Configs that stand in no folder, by the name of their module. */
export type GivenModules = Readonly<Record<string, GivenConfig>>;

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
  const all = [
    ...(await misplacedParts(root)),
    ...broken.flatMap((result) => result.faults),
    ...faults,
    ...missingInBroken(broken, [...registry.types.keys()]),
  ];
  for (const schedule of registry.schedules.values()) all.push(...(await unfitData(schedule, registry.types)));
  if (all.length > 0) throw new ConfigurationError(all);
  return registry;
}

/** A file with one fault is not merged; what its schedules miss besides is told with it, not after that is mended. */
function missingInBroken(broken: readonly BrokenConfig[], sound: readonly string[]): string[] {
  const known = [...sound, ...broken.flatMap(({ config }) => Object.keys(sectionOf(config, 'type')))];
  return broken.flatMap(({ origin, config }) =>
    Object.entries(sectionOf(config, 'schedule')).flatMap(([key, schedule]) =>
      missingTypes({ key, origin, config: schedule }, known, (type) => broken.some((each) => mayMean(each, type))),
    ),
  );
}

/** The section that declares it may itself be misspelt; of a file that could not be loaded there is but the text. */
function mayMean({ config, text }: BrokenConfig, type: string): boolean {
  if (!isPlain(config) || config instanceof Promise) return text.includes(type);
  return Object.keys(config).some(
    (section) => section !== 'schedule' && Object.hasOwn(sectionOf(config, section), type),
  );
}

function sectionOf(config: unknown, section: string): Plain {
  const value = isPlain(config) ? config[section] : undefined;
  return isPlain(value) ? value : {};
}
