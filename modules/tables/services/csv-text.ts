import { type CsvCell, csvRow } from 'progress-manager';

/** Writes CSV after RFC 4180 that is safe to open in a spreadsheet. */
export class CsvText {
  /** One row with its line end. A text that a spreadsheet would run gets a leading `'`. */
  row(cells: readonly CsvCell[]): string {
    return csvRow(cells);
  }
}
