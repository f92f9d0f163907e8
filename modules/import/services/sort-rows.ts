import { BadRow } from './cell-value.js';
import type { DatabaseRow } from './check-row.js';
import type { GoodRow } from './insert-rows.js';
import type { RejectedRow } from './rejected-file.js';
import type { FileRow } from './row-reader.js';

/** Parts the rows that can be inserted from those that cannot; `check` throws BadRow. */
export function sortRows(
  rows: readonly FileRow[],
  check: (value: unknown) => DatabaseRow,
): { readonly good: readonly GoodRow[]; readonly bad: readonly RejectedRow[] } {
  const good: GoodRow[] = [];
  const bad: RejectedRow[] = [];
  for (const row of rows) {
    try {
      if (row.problem !== undefined) throw new BadRow(row.problem);
      good.push({ row, values: check(row.value) });
    } catch (error) {
      if (!(error instanceof BadRow)) throw error;
      bad.push({ row, reason: error.message });
    }
  }
  return { good, bad };
}
