import type { Registry } from '../contracts/config.js';
import { limitsOf, type TypeLimits } from '../contracts/limits.js';
import { resumes } from './when-worker-lost.js';

/** The limits of the types that have any. */
export function limitsByType({ types }: Registry): ReadonlyMap<string, TypeLimits> {
  return new Map(
    [...types.values()].flatMap(({ key, config }) => {
      const limits = limitsOf(config);
      return limits ? [[key, limits]] : [];
    }),
  );
}

/**
 * Types whose jobs may be held by a worker that has no place for them yet: nothing may have to be counted or asked by
 * the time they begin, and if it cannot be known whether they have, they must be able to resume.
 */
export function typesThatMayWait({ types }: Registry): ReadonlySet<string> {
  const may = [...types.values()].filter(
    ({ config }) => !limitsOf(config) && !config.throttle && config.isolation !== 'process' && resumes(config),
  );
  return new Set(may.map(({ key }) => key));
}
