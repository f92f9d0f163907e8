import type { Services } from 'progress-manager';
import type { FileRow } from './row-reader.js';

/** Lists the rows that were not imported. */
export const REJECTED_FILE = 'rejected.csv';

/** A cell of a spreadsheet holds 32,767 characters. */
const MAX_RAW_BYTES = 32_000;

/** A row that was not imported, and why. */
export interface RejectedRow {
  readonly row: FileRow;
  readonly reason: string;
}

/** The text to append for these rows, in the order of the file; with the header when they are the `areFirst`. */
export function rejectedText(
  csvText: Services['csvText'],
  rejected: readonly RejectedRow[],
  areFirst: boolean,
): string {
  const lines = rejected
    .toSorted((one, other) => one.row.line - other.row.line)
    .map(({ row, reason }) => csvText.row([row.line, reason, row.raw.toString('utf8', 0, MAX_RAW_BYTES).trimEnd()]));
  return `${areFirst ? csvText.row(['line', 'reason', 'text']) : ''}${lines.join('')}`;
}
