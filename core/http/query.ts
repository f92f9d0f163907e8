import { type ZodType, z } from 'zod';
import { InvalidInputError } from '../contracts/errors.js';
import { checked } from './checked.js';

/** A whole number from 0, as an address says it; its range is for whoever uses it. */
export const wholeNumber = z
  .string()
  .regex(/^[0-9]{1,16}$/, 'must be a whole number')
  .transform(Number);

/**
 * The query of an address as the schema has it; a parameter without a value counts as absent. Throws
 * InvalidInputError for one that is unknown, malformed, or given twice: readers differ in which of two they take.
 */
export function queryOf<T>(request: Request, schema: ZodType<T>): T {
  const query: Record<string, string> = Object.create(null);
  for (const [name, value] of new URL(request.url).searchParams) {
    if (name in query) throw new InvalidInputError(name.slice(0, 100), 'is given twice.');
    query[name] = value;
  }
  return checked(schema, Object.fromEntries(Object.entries(query).filter(([, value]) => value !== '')), 'query');
}
