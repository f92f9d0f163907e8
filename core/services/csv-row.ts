/** A text is quoted; numbers and booleans are written as they are, as are digits that no double holds; `null` is an empty cell. */
export type CsvCell = string | number | { readonly digits: string } | boolean | null;

/** A spreadsheet may run a cell that starts with one of these (OWASP ASVS 5, 1.2.10). */
const RISKY_STARTS = '=+-@\t\r\n\0＝＋－＠';

/** One row of CSV after RFC 4180 with its line end. A text that a spreadsheet would run gets a leading `'`. */
export function csvRow(cells: readonly CsvCell[]): string {
  return `${cells.map(cellText).join(',')}\r\n`;
}

function cellText(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell === 'object') return cell.digits;
  if (typeof cell !== 'string') return String(cell);
  const isRisky = cell !== '' && RISKY_STARTS.includes(cell.charAt(0));
  return `"${isRisky ? "'" : ''}${cell.replaceAll('"', '""')}"`;
}
