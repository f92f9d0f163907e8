import { expect, test } from 'vitest';
import { type Column, formatTable } from '../../bin/table.js';
import { cut, printable, widthOf } from '../../bin/text-width.js';

interface Row {
  readonly number: number;
  readonly name: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'JOB', value: ({ number }) => String(number), align: 'right' },
  { title: 'NAME', value: ({ name }) => name, isFlexible: true },
  { title: 'TYPE', value: () => 'export' },
];

test('columns are as wide as their widest cell', () => {
  const table = formatTable(
    COLUMNS,
    [
      { number: 7, name: 'Places' },
      { number: 1234, name: 'All' },
    ],
    80,
  );
  expect(table.split('\n')).toEqual([' JOB  NAME    TYPE', '   7  Places  export', '1234  All     export']);
});

test('a long name gives way to the terminal, down to 12 columns', () => {
  const rows = [{ number: 1, name: 'n'.repeat(300) }];
  expect(formatTable(COLUMNS, rows, 40).split('\n')[1]).toBe(`  1  ${'n'.repeat(26)}…  export`);
  expect(formatTable(COLUMNS, rows, 5).split('\n')[1]).toBe(`  1  ${'n'.repeat(11)}…  export`);
});

test('emoji and East Asian letters keep the columns straight', () => {
  const table = formatTable(
    COLUMNS,
    [
      { number: 1, name: '東京 🚀' },
      { number: 2, name: 'Tokyo' },
    ],
    80,
  );
  const [, first, second] = table.split('\n');
  expect(widthOf(first ?? '')).toBe(widthOf(second ?? ''));
});

test('a name cannot reach the terminal with an escape sequence or a line break', () => {
  expect(printable('\u001b]0;evil\u0007\u001b[31mred\u001b[0m\nnext\u202e')).toBe('red next ');
  expect(formatTable(COLUMNS, [{ number: 1, name: 'a\nb' }], 80).split('\n')).toHaveLength(2);
});

test('a cut text ends in an ellipsis and never exceeds its width', () => {
  expect(cut('Places', 6)).toBe('Places');
  expect(cut('Places', 4)).toBe('Pla…');
  expect(widthOf(cut('東京東京', 4))).toBeLessThanOrEqual(4);
});
