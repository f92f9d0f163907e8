import type { Binding, Database } from './database.js';
import { placeholders } from './placeholders.js';

/** Counts stop here: nobody reads further. */
export const MOST_COUNTED = 1000;

export interface CountOfType {
  readonly type: string;
  /** `MOST_COUNTED + 1` stands for more. */
  readonly count: number;
}

/** A job whose slices die with their workers, or move nothing. */
export interface TroubledJob {
  readonly number: number;
  readonly type: string;
  readonly crashes: number;
  readonly idleSlices: number;
}

/** Asks the table of jobs what is not moving. Every count walks the index (type, due_at, number) and is bounded. */
export class JobProbes {
  constructor(private readonly database: Database) {}

  /** Is the table of jobs there to be asked? */
  async haveTable(): Promise<boolean> {
    try {
      await this.database.rows('SELECT 1 FROM progress_manager WHERE number = 0', []);
      return true;
    } catch {
      // Why not is told by others: the migrations, or the database itself.
      return false;
    }
  }

  /** Types of all rows, finished ones too: a walk from one type to the next. */
  async types(): Promise<string[]> {
    return (await this.database.rows<{ type: string }>('SELECT DISTINCT type FROM progress_manager', [])).map(
      ({ type }) => type,
    );
  }

  /** Unfinished jobs, by type; paused ones are waiting for a person. */
  unfinished(types: readonly string[]): Promise<CountOfType[]> {
    return this.#countOf(types, 'due_at IS NOT NULL AND deleted = 0', []);
  }

  /** Unfinished jobs whose data is of a later version than these, by type. */
  async ofLaterVersion(versions: ReadonlyMap<string, number>): Promise<CountOfType[]> {
    const counts = [...versions].map(([type, version]) =>
      this.#countOf([type], 'due_at IS NOT NULL AND deleted = 0 AND version > ?', [version]),
    );
    return (await Promise.all(counts)).flat();
  }

  /** Unfinished jobs of these types whose secrets were sealed with another key than these, by type. */
  ofOtherKeys(types: readonly string[], keyIds: readonly string[]): Promise<CountOfType[]> {
    const others = keyIds.length === 0 ? '' : ` AND secret_key NOT IN (${placeholders(keyIds)})`;
    return this.#countOf(types, `due_at IS NOT NULL AND deleted = 0 AND secret_key IS NOT NULL${others}`, keyIds);
  }

  /**
   * Jobs that have been due for so long, ms, and are held by nobody. `due_at` alone does not tell: a job that is
   * pushed stands minutes before now (`HEAD_START`), by its priority.
   */
  overdue(types: readonly string[], ms: number): Promise<CountOfType[]> {
    const { nowPlus } = this.database.dialect;
    const condition = `due_at <= ${nowPlus()} AND modified_at <= ${nowPlus()} AND lease_owner IS NULL AND deleted = 0`;
    return this.#countOf(types, condition, [-ms, -ms]);
  }

  /** Jobs whose lease ended so long ago, ms, and that nobody has taken since. */
  left(types: readonly string[], ms: number): Promise<CountOfType[]> {
    const condition = `due_at <= ${this.database.dialect.nowPlus()} AND lease_owner IS NOT NULL AND deleted = 0`;
    return this.#countOf(types, condition, [-ms]);
  }

  /** Does a worker hold a job of one of these types now? */
  async areHeld(types: readonly string[]): Promise<boolean> {
    const condition = `due_at > ${this.database.dialect.now()} AND lease_owner IS NOT NULL`;
    return (await this.#countOf(types, condition, [])).length > 0;
  }

  /** Running jobs that were taken over from dead workers, or moved nothing, at least so often. The first five. */
  async troubled(crashes: number, idleSlices: number): Promise<TroubledJob[]> {
    const rows = await this.database.rows<{ number: number | string; type: string; crashes: number; idle: number }>(
      `SELECT number, type, crash_count AS crashes, idle_slices AS idle FROM progress_manager
        WHERE status = 'in_progress' AND deleted = 0 AND (crash_count >= ? OR idle_slices >= ?)
        ORDER BY number LIMIT 5`,
      [crashes, idleSlices],
    );
    return rows.map(({ number, idle, ...same }) => ({ ...same, number: Number(number), idleSlices: Number(idle) }));
  }

  /** The types that have any. */
  async #countOf(types: readonly string[], condition: string, bindings: readonly Binding[]): Promise<CountOfType[]> {
    if (types.length === 0) return [];
    const branches = types.map(
      (_, index) => `SELECT ? AS type, COUNT(*) AS count FROM (SELECT number FROM progress_manager
        WHERE type = ? AND ${condition} LIMIT ?) AS t${index}`,
    );
    const rows = await this.database.rows<{ type: string; count: number | string }>(
      branches.join(' UNION ALL '),
      types.flatMap((type) => [type, type, ...bindings, MOST_COUNTED + 1]),
    );
    return rows.map(({ type, count }) => ({ type, count: Number(count) })).filter(({ count }) => count > 0);
  }
}
