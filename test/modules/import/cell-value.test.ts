import type { TableColumn } from 'progress-manager';
import { expect, test } from 'vitest';
import { cellValue } from '../../../modules/import/services/cell-value.js';

test.each<[TableColumn['kind'], unknown, unknown]>([
  ['text', ' as it is ', ' as it is '],
  ['text', '', ''],
  ['text', undefined, undefined],
  ['text', null, null],
  ['text', 12, '12'],
  ['integer', ' 42 ', 42],
  ['integer', '-007', -7],
  ['integer', '9007199254740993', 9007199254740993n],
  ['integer', '', undefined],
  ['number', '-12.5e1', -125],
  ['number', '.5', 0.5],
  ['number', 3, 3],
  ['number', ' ', undefined],
  ['boolean', 'Yes', true],
  ['boolean', '0', false],
  ['boolean', false, false],
  ['boolean', '', undefined],
])('%s: %s is %s', (kind, value, expected) => {
  expect(cellValue('x', { kind }, value)).toBe(expected);
});

test.each<[TableColumn['kind'], unknown, string]>([
  ['text', '12345678901', 'x is longer than 10 characters'],
  ['text', '\ud800', 'x is no well-formed text'],
  ['text', { a: 1 }, 'x is no single value'],
  ['integer', '1.5', 'x is no whole number'],
  ['integer', '0x10', 'x is no whole number'],
  ['integer', '9223372036854775808', 'x is too large a number'],
  ['number', 'NaN', 'x is no number'],
  ['number', 'Infinity', 'x is no number'],
  ['number', '1e999', 'x is no number'],
  ['number', '1,5', 'x is no number'],
  ['boolean', 'perhaps', 'x is neither true nor false'],
])('%s: %j is refused', (kind, value, problem) => {
  expect(() => cellValue('x', { kind, maxLength: 10 }, value)).toThrow(problem);
});

test('a text counts characters, not halves of them', () => {
  expect(cellValue('x', { kind: 'text', maxLength: 2 }, '🏔🏔')).toBe('🏔🏔');
});

test.each([undefined, null, '', '  '])('what is required cannot be %j', (value) => {
  expect(() => cellValue('x', { kind: 'text', required: true }, value)).toThrow('x is missing');
});

test.each(['12345678901234567890.1234567891', '1234567890123456.7', '-0.1234567890123456'])(
  'number: %s has more digits than a double holds, and stays as it is written',
  (text) => {
    expect(cellValue('x', { kind: 'number' }, text)).toBe(text);
  },
);

test('number: leading zeros and an exponent are no digits', () => {
  expect(cellValue('x', { kind: 'number' }, '000000000000000000012.50')).toBe(12.5);
  expect(cellValue('x', { kind: 'number' }, '1.5e300')).toBe(1.5e300);
});
