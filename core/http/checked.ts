import type { ZodType } from 'zod';
import { InvalidInputError } from '../contracts/errors.js';

/**
 * The value as the schema has it. Throws InvalidInputError that names the first field at fault; `whole` names the
 * value itself.
 */
export function checked<T>(schema: ZodType<T>, value: unknown, whole: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue?.code === 'unrecognized_keys') {
    throw new InvalidInputError(String(issue.keys[0]).slice(0, 100), 'is not known here.');
  }
  throw new InvalidInputError(issue?.path.join('.') || whole, `${issue?.message ?? 'cannot be read'}.`);
}
