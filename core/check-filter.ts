import { InvalidInputError } from './contracts/errors.js';
import type { JobFilter } from './contracts/job-store.js';
import { jobRef } from './job-ref.js';
import { checkKeys } from './registry/check-keys.js';

const FIELDS: readonly (keyof JobFilter)[] = [
  ...(['status', 'type', 'userId', 'key', 'schedule', 'q', 'parent', 'numbers', 'newestOfGroup'] as const),
  ...(['isHidden', 'isClosed', 'limit', 'cursor'] as const),
];

/** As many as a page has. */
const MOST = 200;

/** Gives the filter back. Throws InvalidInputError for what plain JavaScript lets through and a statement would not take as meant. */
export function checkFilter(filter: JobFilter): JobFilter {
  checkKeys(filter, FIELDS, 'is nothing to find jobs by');
  for (const field of ['status', 'type', 'numbers', 'newestOfGroup'] as const) {
    const value: unknown = filter[field];
    if (value !== undefined && !Array.isArray(value)) {
      throw new InvalidInputError(
        field,
        `must be a list, for example { ${field}: ['${String(value).slice(0, 40)}'] }.`,
      );
    }
  }
  for (const field of ['key', 'schedule', 'q'] as const) {
    if (filter[field] !== undefined && typeof filter[field] !== 'string')
      throw new InvalidInputError(field, 'must be a text.');
  }
  checkMany('numbers', filter.numbers, (number) => Number.isSafeInteger(number), 'whole numbers');
  checkMany('newestOfGroup', filter.newestOfGroup, (group) => typeof group === 'string', 'texts');
  const parent = filter.parent === undefined ? undefined : jobRef(filter.parent);
  if (filter.parent !== undefined && parent === undefined)
    throw new InvalidInputError('parent', 'must be the id or the number of a job.');
  // No name is longer, and SQLite takes no pattern of more than 50,000 bytes.
  if ([...(filter.q ?? '')].length > 255) throw new InvalidInputError('q', 'is longer than 255 characters.');
  // SQLite ends a text at a NUL: the pattern would match every name.
  if (/\p{Control}/u.test(filter.q ?? '')) throw new InvalidInputError('q', 'must not hold control characters.');
  return parent === undefined ? filter : { ...filter, parent };
}

function checkMany(
  field: string,
  list: readonly unknown[] = [],
  fits: (value: unknown) => boolean,
  what: string,
): void {
  if (list.length > MOST) throw new InvalidInputError(field, `names ${list.length}; ${MOST} are allowed.`);
  if (!list.every(fits)) throw new InvalidInputError(field, `must be a list of ${what}.`);
}
