import type { Services, WriteTransaction } from 'progress-manager';
import type { DatabaseRow } from './check-row.js';
import type { RejectedRow } from './rejected-file.js';
import type { FileRow } from './row-reader.js';

/** SQLite takes at most 500 rows and 32,766 values in one insert. */
const MAX_ROWS = 500;
const MAX_VALUES = 30_000;

/** A row that passed every check. */
export interface GoodRow {
  readonly row: FileRow;
  readonly values: DatabaseRow;
}

/** Inserts rows, many in one statement. Returns those that the database refused. */
export async function insertRows(
  rowWriter: Services['rowWriter'],
  transaction: WriteTransaction,
  table: string,
  rows: readonly GoodRow[],
): Promise<RejectedRow[]> {
  const rejected: RejectedRow[] = [];
  for (const chunk of chunks(rows)) {
    const refused = await rowWriter.write(chunk, (part) => transaction(table).insert(part.map(({ values }) => values)));
    rejected.push(...refused.map(({ item, reason }) => ({ row: item.row, reason })));
  }
  return rejected;
}

/** Rows with the same columns, so that no statement fills in for a row what the row leaves to its default. */
function* chunks(rows: readonly GoodRow[]): Generator<readonly GoodRow[]> {
  const byColumns = new Map<string, GoodRow[]>();
  for (const row of rows) {
    const columns = Object.keys(row.values).join();
    const alike = byColumns.get(columns);
    if (alike) alike.push(row);
    else byColumns.set(columns, [row]);
  }
  for (const alike of byColumns.values()) {
    const width = Math.max(1, Object.keys(alike[0]?.values ?? {}).length);
    const length = Math.min(MAX_ROWS, Math.floor(MAX_VALUES / width));
    for (let start = 0; start < alike.length; start += length) yield alike.slice(start, start + length);
  }
}
