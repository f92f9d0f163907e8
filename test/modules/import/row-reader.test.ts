import type { InputFile, JobContext } from 'progress-manager';
import { expect, test } from 'vitest';
import { parseCsvRows, parseJsonRows, type RowParser } from '../../../modules/import/services/parse-rows.js';
import { type FileRow, RowReader } from '../../../modules/import/services/row-reader.js';

const MIB = 1024 * 1024;

/** Gives a file in chunks of `chunkSize` bytes at most, however many are asked for, and remembers what was read. */
function contextOf(content: Buffer, chunkSize = Number.POSITIVE_INFINITY) {
  const reads: { position: number; length: number }[] = [];
  const read = async (_: InputFile, position: number, length: number) => {
    const bytes = content.subarray(position, position + Math.min(length, chunkSize));
    reads.push({ position, length: bytes.length });
    return bytes;
  };
  const files = { inputs: [], outputs: [], read, append: async () => undefined };
  const context: Pick<JobContext, 'files' | 'signal'> = { files, signal: new AbortController().signal };
  return { context, reads };
}

function readerOf(text: string | Buffer, parse: RowParser = parseCsvRows) {
  const content = Buffer.from(text);
  const { context, reads } = contextOf(content);
  return { reader: new RowReader(context, { id: 'f', name: 'f.csv', size: content.length }, parse, 0, 1), reads };
}

async function readAll(reader: RowReader, limit: number): Promise<FileRow[]> {
  const rows: FileRow[] = [];
  while (!reader.isAtEnd) rows.push(...(await reader.read(limit, 1)));
  return rows;
}

const cellsOf = (rows: readonly FileRow[]) => rows.map(({ value, problem }) => problem ?? value);

const AWKWARD = [
  ...[
    'plain,1\n',
    'windows,2\r\n',
    '\n',
    '\r\n',
    '"quoted, with comma",3\n',
    '"two\nlines",4\n',
    '"two\r\nlines",5\r\n',
  ],
  ...['"say ""hi""",6\n', '"""",7\n', '"",8\n', ',9\n', 'Zürich 🏔,10\n', '"🏔\n""🏔""",11\r\n', 'last,"12"'],
].join('');
const AWKWARD_CELLS = [
  ...[
    ['plain', '1'],
    ['windows', '2'],
    ['quoted, with comma', '3'],
    ['two\nlines', '4'],
    ['two\r\nlines', '5'],
  ],
  ...[
    ['say "hi"', '6'],
    ['"', '7'],
    ['', '8'],
    ['', '9'],
    ['Zürich 🏔', '10'],
    ['🏔\n"🏔"', '11'],
    ['last', '12'],
  ],
];

test('wherever a buffer ends, the rows are the same', () => {
  const content = Buffer.from(AWKWARD);
  for (let cut = 0; cut <= content.length; cut++) {
    const first = parseCsvRows(content.subarray(0, cut), 100, cut === content.length);
    const second = parseCsvRows(content.subarray(first.end), 100, true);
    expect(
      [...first.rows, ...second.rows].map(({ value }) => value),
      `cut at ${cut}`,
    ).toEqual(AWKWARD_CELLS);
  }
});

test.each([1, 2, 3, 5, 1000])(
  'rows read %i at a time are the same, with the lines on which they begin',
  async (limit) => {
    const { reader } = readerOf(AWKWARD);
    const rows = await readAll(reader, limit);
    expect(cellsOf(rows)).toEqual(AWKWARD_CELLS);
    expect(rows.map(({ line }) => line)).toEqual([1, 2, 5, 6, 8, 10, 11, 12, 13, 14, 15, 17]);
  },
);

test('reading goes on at its byte: no byte of a row is read or parsed for two slices', async () => {
  const lines = Array.from({ length: 5000 }, (_, index) => `row ${index},${'x'.repeat(60)}\n`);
  const { reader, reads } = readerOf(lines.join(''));
  let parsed = 0;
  const rows = [];
  while (!reader.isAtEnd) {
    const before = reader.byte;
    rows.push(...(await reader.read(1000, 70)));
    parsed += reader.byte - before;
  }
  expect(rows).toHaveLength(5000);
  expect(parsed).toBe(lines.join('').length);
  expect(reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(1.2 * parsed);
});

test.each([
  ['a quote inside a cell', 'a,1\n5" pipe,2\nb,3\n', ['a', 'misplaced or unclosed quote', 'b']],
  ['text after a closing quote', 'a,1\n"x"y,2\nb,3\n', ['a', 'misplaced or unclosed quote', 'b']],
  ['a quote that is never closed', 'a,1\n"open,2\nb,3\nc,4', ['a', 'misplaced or unclosed quote', 'b', 'c']],
  ['several of them', '"x"y,1\na,2\n5" pipe,3\nb,4\n"open,5\nc,6', ['!', 'a', '!', 'b', '!', 'c']],
])('%s gives up its line, and no other', async (_, content, expected) => {
  const rows = await readAll(readerOf(content).reader, 1000);
  const first = rows.map(({ value, problem }) =>
    expected.includes('!') && problem ? '!' : (problem ?? (value as string[])[0]),
  );
  expect(first).toEqual(expected);
});

test('a row of more than 1 MiB is given up, whole or without an end, and reading goes on behind it', async () => {
  for (const size of [1.5 * MIB, 9 * MIB]) {
    const { reader } = readerOf(`a,1\n${'x'.repeat(size)},2\nb,3\n`);
    expect((await readAll(reader, 1000)).map(({ problem, line }) => [line, problem?.slice(0, 17)])).toEqual([
      [1, undefined],
      [2, 'larger than 1 MiB'],
      [3, undefined],
    ]);
  }
});

test('a blank line of carriage returns before a misplaced quote gives up the row of the quote', async () => {
  const { reader } = readerOf('a,1\n\r\r\nb,2\n5" pipe,3\nc,4');
  expect((await readAll(reader, 1000)).map(({ value, problem }) => problem ?? (value as string[])[0])).toEqual([
    'a',
    'b',
    'misplaced or unclosed quote',
    'c',
  ]);
});

test('an unclosed quote far from the end of a large file gives up its line', async () => {
  const many = `${'row,1\n'.repeat(900_000)}`;
  const { reader } = readerOf(`a,1\n"open,2\n${many}`);
  const rows = await reader.read(3, 10);
  expect(rows.map(({ line, problem }) => [line, problem])).toEqual([
    [1, undefined],
    [2, 'larger than 1 MiB, or a quote is not closed'],
    [3, undefined],
  ]);
  expect(rows[1]?.raw.toString()).toBe('"open,2\n');
});

test('large rows make small slices', async () => {
  const { reader } = readerOf(`${'x'.repeat(MIB / 2)},1\n`.repeat(40));
  expect((await reader.read(1000, MIB / 2)).length).toBeLessThan(20);
});

test('a mebibyte of blank lines is no row', async () => {
  const { reader } = readerOf(`a,1\n${'\r\n'.repeat(MIB)}b,2\n${'\n'.repeat(3 * MIB)}`);
  expect(cellsOf(await readAll(reader, 1000))).toEqual([
    ['a', '1'],
    ['b', '2'],
  ]);
});

test('a row that is not UTF-8 is a bad row, and the others are not', async () => {
  const content = Buffer.concat([
    Buffer.from('Zürich,1\n'),
    Buffer.from('Zürich,2\n', 'latin1'),
    Buffer.from('Bern,3\n'),
  ]);
  expect(cellsOf(await readAll(readerOf(content).reader, 1000))).toEqual([['Zürich', '1'], 'not UTF-8', ['Bern', '3']]);
});

test('JSON lines: one value per line, whatever quotes it has', async () => {
  const { reader } = readerOf('{"a":"x\\ny"}\r\n\n"odd\n[1]\n{"a":"🏔"}', parseJsonRows);
  const rows = await readAll(reader, 2);
  expect(rows.map(({ line, value }) => [line, value])).toEqual([
    [1, { a: 'x\ny' }],
    [3, undefined],
    [4, [1]],
    [5, { a: '🏔' }],
  ]);
  expect(rows[1]?.problem).toMatch(/^no JSON: /);
});

test('a file that is shorter than it was says so', async () => {
  const { context } = contextOf(Buffer.from('a,1\n'));
  const reader = new RowReader(context, { id: 'f', name: 'f.csv', size: 100 }, parseCsvRows, 4, 2);
  await expect(reader.read(1000, 60)).rejects.toThrow('There is no file "f.csv".');
});
