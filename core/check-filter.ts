import { InvalidInputError } from './contracts/errors.js';
import type { JobFilter } from './contracts/job-store.js';

/** Gives the filter back. Throws InvalidInputError for what plain JavaScript lets through and a statement would not take as meant. */
export function checkFilter(filter: JobFilter): JobFilter {
  for (const field of ['status', 'type'] as const) {
    const value: unknown = filter[field];
    if (value !== undefined && !Array.isArray(value)) {
      throw new InvalidInputError(
        field,
        `must be a list, for example { ${field}: ['${String(value).slice(0, 40)}'] }.`,
      );
    }
  }
  // SQLite ends a text at a NUL: the pattern would match every name.
  if (/\p{Control}/u.test(filter.q ?? '')) throw new InvalidInputError('q', 'must not hold control characters.');
  return filter;
}
