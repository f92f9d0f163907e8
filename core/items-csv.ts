import type { ItemPage, ItemQuery, JobItem } from './contracts/job-items.js';
import { csvRow } from './services/csv-row.js';

/** Reads a page of the items of one job. */
export type ItemsOf = (page: Pick<ItemQuery, 'after' | 'limit'>) => Promise<ItemPage>;

const PAGE = 1000;

/** All items of a job as CSV (RFC 4180), a page at a time, under a line of titles. A spreadsheet may open it: nothing in it is run. */
export async function* itemsCsv(read: ItemsOf): AsyncGenerator<string> {
  yield csvRow(['key', 'outcome', 'reason', 'at', 'attempt', 'slice']);
  for (let after = 0; ; ) {
    const { list, next } = await read({ after, limit: PAGE });
    if (list.length > 0) yield list.map(itemRow).join('');
    if (list.length < PAGE) return;
    after = next;
  }
}

function itemRow({ key, outcome, reason, at, attempt, slice }: JobItem): string {
  return csvRow([key, outcome, reason ?? null, at, attempt, slice]);
}
