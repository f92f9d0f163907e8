import type { ZodType } from 'zod';
import { InvalidInputError } from '../contracts/errors.js';

/**
 * The value as the schema has it. Throws InvalidInputError that names the first field at fault; `whole` names the
 * value itself, and stands before its fields when it is `nested` in another.
 */
export function checked<T>(schema: ZodType<T>, value: unknown, whole: string, nested = false): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const at = (field: string) => (nested ? `${whole}.${field}` : field);
  if (issue?.code === 'unrecognized_keys') {
    throw new InvalidInputError(at(String(issue.keys[0]).slice(0, 100)), 'is not known here.');
  }
  throw new InvalidInputError(
    issue && issue.path.length > 0 ? at(issue.path.join('.')) : whole,
    `${issue?.message ?? 'cannot be read'}.`,
  );
}
