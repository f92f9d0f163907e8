import { InvalidInputError, TooLargeError } from './contracts/errors.js';

const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/;
const PROTOTYPE_KEYS = ['constructor', 'prototype'];
const MOST_SECRETS = 20;
/** Shorter ones would be found in every other text, and their masks would tell them. */
const LEAST_CHARACTERS = 4;
/** Bytes of one, and of all of a job. */
const MOST_BYTES = 64 * 1024;
const MOST_BYTES_IN_ALL = 256 * 1024;

/** Secret parameters of a push that can be sealed; no message repeats a value. Throws InvalidInputError, TooLargeError. */
export function checkSecrets(secret: unknown): Readonly<Record<string, string>> | undefined {
  if (secret === undefined) return undefined;
  if (typeof secret !== 'object' || secret === null || Array.isArray(secret))
    throw new InvalidInputError('secret', "must be an object of texts, for example { token: '…' }.");
  const entries = Object.entries(secret);
  if (entries.length === 0) return undefined;
  if (entries.length > MOST_SECRETS) throw new InvalidInputError('secret', `has more than ${MOST_SECRETS} entries.`);
  for (const [name, value] of entries) checkSecret(name, value);
  const bytes = entries.reduce((sum, [, value]) => sum + Buffer.byteLength(value), 0);
  if (bytes > MOST_BYTES_IN_ALL) throw tooLarge('secret', bytes, MOST_BYTES_IN_ALL);
  return Object.fromEntries(entries);
}

function checkSecret(name: string, value: unknown): void {
  if (!NAME.test(name) || PROTOTYPE_KEYS.includes(name)) {
    throw new InvalidInputError(
      'secret',
      'the name of an entry must be 1 to 100 letters, digits, "_", "-" or ".", beginning with a letter.',
    );
  }
  const field = `secret.${name}`;
  if (typeof value !== 'string') throw new InvalidInputError(field, 'must be a text.');
  if (!value.isWellFormed()) throw new InvalidInputError(field, 'must be well-formed text.');
  if (value.length < LEAST_CHARACTERS) {
    throw new InvalidInputError(
      field,
      `must have at least ${LEAST_CHARACTERS} characters: a shorter one could not be taken out of logs and errors.`,
    );
  }
  const bytes = Buffer.byteLength(value);
  if (bytes > MOST_BYTES) throw tooLarge(field, bytes, MOST_BYTES);
}

function tooLarge(field: string, bytes: number, most: number): TooLargeError {
  return new TooLargeError(`${field} has ${bytes} bytes; ${most} are allowed.`);
}
