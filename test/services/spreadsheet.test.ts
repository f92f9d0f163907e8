import { type InputFile, spreadsheetKind } from 'progress-manager';
import { describe, expect, test } from 'vitest';

/** As a ZIP begins: the header of its first entry, with this name and content. */
const zip = (name: string, content = '') => Buffer.from(`PK\x03\x04${'\0'.repeat(26)}${name}${content}`, 'latin1');
const XLSX = zip('[Content_Types].xml', 'xl/workbook.xml');
const ODS = zip('mimetype', 'application/vnd.oasis.opendocument.spreadsheet');
const ODT = zip('mimetype', 'application/vnd.oasis.opendocument.text');

const kindOf = (name: string, content: Buffer) => {
  const read = async (_: InputFile, position: number, length: number) => content.subarray(position, position + length);
  return spreadsheetKind({ id: 'file', name, size: content.length }, read);
};

describe('a file is a spreadsheet', () => {
  test.each([
    ['a.xlsx', XLSX, 'xlsx'],
    ['A (2).XLSX', XLSX, 'xlsx'],
    ['.xlsx', XLSX, 'xlsx'],
    ['a.b.ods', ODS, 'ods'],
  ])('of the kind that %s and its content say', async (name, content, kind) => {
    expect(await kindOf(name, content)).toBe(kind);
  });

  test('also when it is larger than what is read of it', async () => {
    const [head, tail] = [zip('a', 'b'.repeat(2 ** 21)), Buffer.from('xl/workbook.xml')];
    expect(await kindOf('a.xlsx', Buffer.concat([head, tail]))).toBe('xlsx');
    expect(await kindOf('a.xlsx', Buffer.concat([head, tail, Buffer.alloc(2 ** 21)]))).toBeUndefined();
  });

  test.each([
    ['a', XLSX],
    ['xlsx', XLSX],
    ['a.exe', XLSX],
    ['a.xlsx', ODS],
    ['a.ods', XLSX],
    ['a.ods', ODT],
    ['a.xlsx', zip('word/document.xml')],
    ['a.xlsx', Buffer.from('xl/workbook.xml')],
    ['a.xlsx', Buffer.alloc(0)],
    ['a.ods', Buffer.alloc(0)],
  ])('only where both say so: not %s', async (name, content) => {
    expect(await kindOf(name, content)).toBeUndefined();
  });
});
