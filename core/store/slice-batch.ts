import { type Database, UNLESS_LOCKED } from './database.js';
import { placeholders } from './placeholders.js';
import { recordOf, type SliceWrite } from './slice-record.js';

/** Records slices whose rows are left alike by one statement. */
export class SliceBatch {
  constructor(private readonly database: Database) {}

  /** `undefined` for those whose guards did not hold: what became of them is found out one by one. */
  async record(writes: readonly SliceWrite[]): Promise<readonly ('recorded' | undefined)[]> {
    const { sql, bindings } = recordOf(writes, 'in_progress', this.database.dialect);
    const changed = await this.database.changeAgain(sql, bindings, UNLESS_LOCKED);
    if (changed === writes.length) return writes.map(() => 'recorded');
    const standing = await this.#standing(writes);
    return writes.map(({ lease, writeId }) => (standing.get(lease.number)?.equals(writeId) ? 'recorded' : undefined));
  }

  async #standing(writes: readonly SliceWrite[]): Promise<ReadonlyMap<number, Buffer>> {
    const rows = await this.database.rows<{ number: number | string; write_id: Buffer }>(
      `SELECT number, write_id FROM progress_manager WHERE number IN (${placeholders(writes)}) AND write_id IS NOT NULL`,
      writes.map(({ lease }) => lease.number),
    );
    return new Map(rows.map(({ number, write_id }) => [Number(number), write_id]));
  }
}
