import { randomBytes } from 'node:crypto';
import { MOST_ROWS } from './turn-batch.js';

/**
 * What a row knows its last write by, so that after a lost answer it can be told whether that very write came through.
 * Writes of several rows may share one, because each row only knows its own; two writes of one row never do.
 */
export class WriteIds {
  /** No other store's, ever; then a number. */
  readonly #prefix = randomBytes(8);
  #count = 0n;
  #shared: Buffer | undefined;
  /** The rows of which a write has it. */
  readonly #rows = new Set<number>();

  /** For one write alone. */
  next(): Buffer {
    const id = Buffer.alloc(16);
    this.#prefix.copy(id);
    id.writeBigUInt64BE(++this.#count, 8);
    return id;
  }

  /** For a write of this row, the same as for others until `renew`: what all rows of a statement say, it says once. */
  sharedFor(row: number): Buffer {
    // No more than a statement records, so that what is remembered has an end.
    if (this.#rows.has(row) || this.#rows.size >= MOST_ROWS) this.renew();
    this.#rows.add(row);
    this.#shared ??= this.next();
    return this.#shared;
  }

  /** Writes that come from now on have another one, so that a statement needs one only. */
  renew(): void {
    this.#shared = undefined;
    this.#rows.clear();
  }
}
