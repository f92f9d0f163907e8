import {
  type ItemPage,
  type ItemQuery,
  type JobItem,
  type JobItemStore,
  type LedgerState,
  type ListedOutcome,
  MOST_ITEMS,
  type NewItem,
} from '../contracts/job-items.js';
import type { ClaimedJob } from '../contracts/job-store.js';
import type { WriteTransaction } from '../contracts/progress-job.js';
import type { Database } from './database.js';
import { inChunks } from './in-chunks.js';
import { placeholders } from './placeholders.js';
import { fromStored } from './row.js';

const MOST_AT_ONCE = 200;
/** Items of one slice: their places within it are part of their order. */
const PLACES_OF_SLICE = 2 ** 24;

interface ItemRow {
  readonly seq: number | string;
  /** Bytes where the column keeps bytes. */
  readonly item_key: Buffer | string;
  readonly outcome: ListedOutcome;
  readonly reason: string | null;
  readonly at: string;
  readonly attempt: number;
  readonly slice: number | string;
}

/** An item with its place in the order of all. */
type PlacedItem = NewItem & { readonly seq: number };

/**
 * The table `progress_job_item`: a row for each key that failed or was skipped. Good items have none: most are good,
 * and nobody looks them up; one that was bad before loses its row.
 */
export class ItemLedger implements JobItemStore {
  constructor(private readonly database: Database) {}

  async write(
    lease: ClaimedJob,
    items: readonly NewItem[],
    rows: number | undefined,
    transaction: WriteTransaction,
  ): Promise<LedgerState> {
    const before = rows ?? (await this.#count(lease.number, transaction));
    const placed = items.map((item, place) => ({ ...item, seq: lease.sliceSeq * PLACES_OF_SLICE + place + 1 }));
    const listed = placed.filter(({ outcome }) => outcome !== 'ok');
    if (before > 0) await this.#remove(lease.number, placed, transaction);
    const fitting = before + listed.length <= MOST_ITEMS ? listed : await this.#fitting(lease, listed, transaction);
    for (const chunk of inChunks(fitting, bytesOf)) await this.#upsert(lease, chunk, transaction);
    return { rows: Math.min(before + fitting.length, MOST_ITEMS), left: listed.length - fitting.length };
  }

  async read(number: number, { outcome, after = 0, limit = MOST_AT_ONCE }: ItemQuery): Promise<ItemPage> {
    const rows = await this.database.rows<ItemRow>(
      `SELECT seq, item_key, outcome, reason, at, attempt, slice FROM progress_job_item
        WHERE job = ? AND seq > ? ${outcome === undefined ? '' : 'AND outcome = ?'} ORDER BY seq LIMIT ?`,
      [number, after, ...(outcome === undefined ? [] : [outcome]), limit],
    );
    return { list: rows.map(toItem), next: Number(rows.at(-1)?.seq ?? after) };
  }

  async #count(number: number, on: WriteTransaction): Promise<number> {
    const sql = 'SELECT COUNT(*) AS size FROM progress_job_item WHERE job = ?';
    const [row] = await this.database.rows<{ size: number | string }>(sql, [number], on);
    return Number(row?.size);
  }

  async #remove(number: number, items: readonly NewItem[], on: WriteTransaction): Promise<void> {
    const good = items.filter(({ outcome }) => outcome === 'ok').map(({ key }) => key);
    for (const keys of inChunks(good, Buffer.byteLength)) {
      const sql = `DELETE FROM progress_job_item WHERE job = ? AND item_key IN (${placeholders(keys)})`;
      await this.database.change(sql, [number, ...keys], on);
    }
  }

  /** Those that have a row already, and as many others as there is room for. */
  async #fitting(
    { number }: ClaimedJob,
    items: readonly PlacedItem[],
    on: WriteTransaction,
  ): Promise<readonly PlacedItem[]> {
    let room = MOST_ITEMS - (await this.#count(number, on));
    const known = new Set<string>();
    for (const chunk of inChunks(items, bytesOf)) {
      const sql = `SELECT item_key FROM progress_job_item WHERE job = ? AND item_key IN (${placeholders(chunk)})`;
      const keys = chunk.map(({ key }) => key);
      for (const row of await this.database.rows<ItemRow>(sql, [number, ...keys], on)) known.add(String(row.item_key));
    }
    return items.filter(({ key }) => known.has(key) || room-- > 0);
  }

  async #upsert(
    { number, job, sliceSeq }: ClaimedJob,
    items: readonly PlacedItem[],
    on: WriteTransaction,
  ): Promise<void> {
    const { now, upsert } = this.database.dialect;
    const row = `(?, ?, ?, ?, ?, ${now()}, ?, ?)`;
    await this.database.change(
      `INSERT INTO progress_job_item (job, item_key, seq, outcome, reason, at, attempt, slice)
       VALUES ${items.map(() => row).join(', ')}
       ${upsert(['job', 'item_key'], ['seq', 'outcome', 'reason', 'at', 'attempt', 'slice'])}`,
      items.flatMap(({ key, seq, outcome, reason }) => [
        ...[number, key, seq, outcome, reason ?? null, job.attempt, sliceSeq],
      ]),
      on,
    );
  }
}

const bytesOf = ({ key, reason = '' }: NewItem) => Buffer.byteLength(key) + Buffer.byteLength(reason) + 50;

function toItem({ seq, item_key, outcome, reason, at, attempt, slice }: ItemRow): JobItem {
  return {
    ...{ seq: Number(seq), key: item_key.toString(), outcome, reason: reason ?? undefined },
    ...{ at: fromStored(at), attempt, slice: Number(slice) },
  };
}
