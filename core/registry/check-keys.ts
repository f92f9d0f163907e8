import { InvalidInputError } from '../contracts/errors.js';
import { nearest } from './nearest.js';

/**
 * Throws InvalidInputError for a key of `given` that is not among `known`: "is no option of a push. Did you mean …?", where
 * `fault` is the first sentence. A misspelt key would change nothing, and nobody would know.
 */
export function checkKeys(given: object, known: readonly string[], fault = 'is not known here'): void {
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new InvalidInputError(unknown.slice(0, 100), `${fault}. ${nearest(unknown, known)}`);
}
