import { InvalidInputError } from './errors.js';

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not pass
const CONTROL = /[\u0000-\u001f\u007f]/;

/** 1 to 255 characters that can be stored, shown and logged as they are. Throws InvalidInputError. */
export function checkText(field: string, text: unknown): string {
  if (typeof text !== 'string') throw new InvalidInputError(field, 'must be a text.');
  if (text.trim() === '') throw new InvalidInputError(field, 'must not be empty.');
  if ([...text].length > 255) throw new InvalidInputError(field, 'must have at most 255 characters.');
  if (CONTROL.test(text) || !text.isWellFormed())
    throw new InvalidInputError(field, 'must be well-formed text without control characters.');
  return text;
}

/**
 * As `checkText`, and without outer spaces: databases that pad texts take "ann " for "ann". Throws InvalidInputError.
 */
export function checkUserId(field: string, id: unknown): string {
  const text = checkText(field, id);
  if (text !== text.trim()) throw new InvalidInputError(field, 'must not begin or end with a space.');
  return text;
}
