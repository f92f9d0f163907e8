const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const QUOTE = 34;

/** Where a row lies in a buffer: from `start` up to, not including, `end`, line end and all. */
export interface Cut {
  readonly start: number;
  readonly end: number;
}

/** Rows that are wholly in a buffer; what lies before `end` needs no second look. */
export interface Cuts {
  readonly rows: readonly Cut[];
  readonly end: number;
}

/**
 * Finds up to `limit` whole rows. A row ends at a newline, in CSV (`isQuoted`) at one that has an even number of quotes
 * before it, which is exact for rows after RFC 4180. Blank lines are no rows. When the buffer is the `isLast` of its
 * file, what follows the last newline is a row too.
 */
export function cutRows(bytes: Buffer, limit: number, isLast: boolean, isQuoted: boolean): Cuts {
  const rows: Cut[] = [];
  let quote = isQuoted ? bytes.indexOf(QUOTE) : -1;
  let start = 0;
  while (rows.length < limit) {
    start = skipBlankLines(bytes, start);
    if (start === bytes.length) break;
    let isInQuotes = false;
    let newline = bytes.indexOf(NEWLINE, start);
    while (quote !== -1 && (isInQuotes || quote < newline || newline === -1)) {
      isInQuotes = !isInQuotes;
      if (!isInQuotes) newline = bytes.indexOf(NEWLINE, quote);
      quote = bytes.indexOf(QUOTE, quote + 1);
    }
    const isWhole = newline !== -1 && !isInQuotes;
    if (!isWhole && !isLast) break;
    const end = isWhole ? newline + 1 : bytes.length;
    rows.push({ start, end });
    start = end;
  }
  return { rows, end: start };
}

function skipBlankLines(bytes: Buffer, start: number): number {
  let position = start;
  while (bytes[position] === NEWLINE || bytes[position] === CARRIAGE_RETURN) position++;
  return position;
}

/** How many lines these bytes end. */
export function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}
