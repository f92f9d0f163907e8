import type { TableColumn } from 'progress-manager';

/** What may be bound to a statement. */
export type DatabaseValue = string | number | bigint | boolean | null;

/** Says what is wrong with a row; the row is listed, the import goes on. */
export class BadRow extends Error {}

const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const TRUE = new Set(['true', '1', 'yes']);
const FALSE = new Set(['false', '0', 'no']);
/** Decimal digits that survive the way through a double. */
const DIGITS_OF_A_DOUBLE = 15;
/** What a BIGINT holds. */
const [LOWEST, HIGHEST] = [-(2n ** 63n), 2n ** 63n - 1n];

/**
 * What a cell (text) or a JSON value is to the database. `undefined`: there is no value, and the column's default
 * stands; only a text may be empty. Throws BadRow.
 */
export function cellValue(name: string, column: TableColumn, value: unknown): DatabaseValue | undefined {
  const isMissing = value === undefined || value === null || (typeof value === 'string' && value.trim() === '');
  if (isMissing && column.required) throw new BadRow(`${name} is missing`);
  if (value === null) return null;
  if (isMissing && (column.kind !== 'text' || value === undefined)) return undefined;
  if (typeof value === 'object') throw new BadRow(`${name} is no single value`);
  const text = String(value);
  return column.kind === 'text' ? textOf(name, column, text) : READERS[column.kind](name, text.trim());
}

const READERS = { integer: integerOf, number: numberOf, boolean: booleanOf } as const;

function textOf(name: string, { maxLength = Number.POSITIVE_INFINITY }: TableColumn, text: string): string {
  // Databases count characters; `length` counts a character outside the basic plane twice.
  if (text.length > maxLength && [...text].length > maxLength) {
    throw new BadRow(`${name} is longer than ${maxLength} characters`);
  }
  // JSON may escape half a character: the driver would change it without a word.
  if (!text.isWellFormed()) throw new BadRow(`${name} is no well-formed text`);
  return text;
}

function integerOf(name: string, text: string): number | bigint {
  if (!INTEGER.test(text)) throw new BadRow(`${name} is no whole number`);
  const integer = Number(text);
  if (Number.isSafeInteger(integer)) return integer;
  const large = BigInt(text);
  if (large < LOWEST || large > HIGHEST) throw new BadRow(`${name} is too large a number`);
  return large;
}

/** A number with more digits than a double holds goes to the database as it is written. */
function numberOf(name: string, text: string): number | string {
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(number)) throw new BadRow(`${name} is no number`);
  const digits = text.replace(/e.*$/i, '').replace(/\D/g, '').replace(/^0+/, '');
  return digits.length > DIGITS_OF_A_DOUBLE ? text : number;
}

function booleanOf(name: string, text: string): boolean {
  const word = text.toLowerCase();
  if (!TRUE.has(word) && !FALSE.has(word)) throw new BadRow(`${name} is neither true nor false`);
  return TRUE.has(word);
}
