import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { CsvText } from '../../../modules/tables/services/csv-text.js';

const csvText = new CsvText();

test.each([
  ...['=1+1', "=cmd|'/c calc'!A1", '+1', '-1+1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '\0=1'],
  ...['＝1+1', '＋1', '－1', '＠SUM(A1)', '=HYPERLINK("http://a")', '-1'],
])('%j does not run in a spreadsheet', (text) => {
  expect(parse(csvText.row([text, 'next']))).toEqual([[`'${text}`, 'next']]);
});

test.each(['"=1', 'a";"=1', 'a,=1', "'quoted'", ' =1', '', 'a\r\n=1', '🏔'])('%j comes back as it is', (text) => {
  expect(parse(csvText.row([text, 'next']))).toEqual([[text, 'next']]);
});

test('numbers and booleans stay what they are, nothing is an empty cell', () => {
  expect(csvText.row([-1, 0.5, { digits: '-9007199254740993.50' }, true, null, ''])).toBe(
    '-1,0.5,-9007199254740993.50,true,,""\r\n',
  );
});
