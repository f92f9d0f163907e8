import { CsvError, parse } from 'csv-parse/sync';
import { type Cut, type Cuts, cutRows } from './cut-rows.js';

/** A row of the file: the cells of CSV, the value of a JSON line, or what is wrong with it. */
export interface ParsedRow extends Cut {
  readonly value?: unknown;
  readonly problem?: string;
}

/** Rows that are wholly in a buffer; reading goes on at `end`. */
export interface ParsedRows extends Cuts {
  readonly rows: readonly ParsedRow[];
}

/** Parses up to `limit` rows at the beginning of `bytes`, which begin with a row; `isLast`: the file ends with them. */
export type RowParser = (bytes: Buffer, limit: number, isLast: boolean) => ParsedRows;

/**
 * CSV. Each byte goes through the parser once; a row with misplaced quotes is given up with its first line, and what
 * follows that line is parsed anew by the next call.
 */
export function parseCsvRows(bytes: Buffer, limit: number, isLast: boolean): ParsedRows {
  const { rows, end } = cutRows(bytes, limit, isLast, true);
  try {
    return { rows: withCells(bytes, rows), end };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const good = wellFormed(bytes, rows);
    const bad = firstLine(bytes, rows[good.length]?.start ?? 0);
    return { rows: [...good, { ...bad, problem: 'misplaced or unclosed quote' }], end: bad.end };
  }
}

/** The rows before the first that cannot be parsed. The parser's own count is off where it sees blank rows. */
function wellFormed(bytes: Buffer, rows: readonly Cut[]): ParsedRow[] {
  const good: ParsedRow[] = [];
  for (const row of rows) {
    try {
      good.push(...withCells(bytes, [row]));
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      return good;
    }
  }
  return good;
}

function firstLine(bytes: Buffer, start: number): Cut {
  const newline = bytes.indexOf('\n', start);
  return { start, end: newline === -1 ? bytes.length : newline + 1 };
}

/** JSON lines: one JSON value per line. */
export function parseJsonRows(bytes: Buffer, limit: number, isLast: boolean): ParsedRows {
  const { rows, end } = cutRows(bytes, limit, isLast, false);
  return { rows: rows.map((row) => ({ ...row, ...parseJson(bytes.toString('utf8', row.start, row.end)) })), end };
}

function withCells(bytes: Buffer, rows: readonly Cut[]): ParsedRow[] {
  const records = parse(bytes.subarray(rows[0]?.start ?? 0, rows.at(-1)?.end ?? 0), CSV_OPTIONS);
  const areOne = records.length === rows.length;
  // The parser sees a record where we saw a blank line (a lone carriage return): then row by row, so that none shifts.
  return rows.map(({ start, end }, index) => {
    return { start, end, value: areOne ? records[index] : (parse(bytes.subarray(start, end), CSV_OPTIONS)[0] ?? []) };
  });
}

const CSV_OPTIONS = {
  // Both, whatever the first line has: each slice has to read a mixed file in the same way.
  record_delimiter: ['\r\n', '\n'],
  relax_column_count: true,
  skip_empty_lines: true,
};

function parseJson(text: string): Pick<ParsedRow, 'value' | 'problem'> {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { problem: `no JSON: ${(error as Error).message}` };
  }
}
