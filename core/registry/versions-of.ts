import type { Registry } from '../contracts/config.js';

/** The version of the data of each type. */
export function versionsOf({ types }: Registry): ReadonlyMap<string, number> {
  return new Map([...types].map(([key, { config }]) => [key, config.version ?? 1]));
}
