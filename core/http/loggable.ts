import { describeError } from '../contracts/describe-error.js';

/**
 * An error as the log may have it: what happened, where, and what led to it. The first lines of a stack are left out,
 * because the texts of database drivers repeat statements with their values.
 */
export function loggable(error: unknown): object {
  const message = describeError(error);
  if (!(error instanceof Error)) return { message };
  const places = (error.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return {
    name: error.name,
    message,
    places: places.map((line) => line.trim()),
    ...(error.cause === undefined ? {} : { cause: loggable(error.cause) }),
  };
}
