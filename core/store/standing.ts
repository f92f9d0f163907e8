import type { TypeLimits } from '../contracts/limits.js';
import type { Database } from './database.js';
import { ALIVE, BEGINS, NOT_PAUSED } from './due-jobs.js';
import { type Gate, Gates, type Limited } from './gates.js';
import { fromStored } from './row.js';

/** Jobs before it are counted so far. */
export const MOST_BEFORE = 1000;

/** What a job waits for is read from its row, and asked by the conditions that a claim has. */
export interface Standing extends Limited {
  /** The database's time, ISO 8601. */
  readonly now: string;
  /** Its run, or its slice's end, or its lease's, is past. */
  readonly isDue: boolean;
  /** A worker holds it, though its lease may have ended. */
  readonly isHeld: boolean;
  readonly refusals: number;
  /** It, or every type, is paused. */
  readonly isTypePaused: boolean;
  readonly throttledUntil: string | undefined;
  readonly throttledWhy: string | undefined;
}

interface StandingRow {
  readonly type: string;
  readonly owner: string | null;
  readonly job_group: string | null;
  readonly begins: number;
  readonly has_place: number;
  readonly now: string;
  readonly is_due: number;
  readonly is_held: number;
  readonly refusals: number;
  readonly is_open: number;
  readonly throttled_until: string | null;
  readonly throttled_why: string | null;
}

/** How unfinished jobs stand: what a claim would make of them now. */
export class Standings {
  readonly #gates: Gates;

  constructor(private readonly database: Database) {
    this.#gates = new Gates(database);
  }

  /** `undefined` for a job that is gone, or not alive. */
  async of(number: number, type: string): Promise<Standing | undefined> {
    const { now } = this.database.dialect;
    const [row] = await this.database.rows<StandingRow>(
      `SELECT p.type, p.created_by_id AS owner, p.job_group, ${BEGINS} AS begins, has_place, ${now()} AS now, p.refusals,
              CASE WHEN p.due_at <= ${now()} THEN 1 ELSE 0 END AS is_due,
              CASE WHEN p.lease_owner IS NULL THEN 0 ELSE 1 END AS is_held,
              CASE WHEN ${NOT_PAUSED} THEN 1 ELSE 0 END AS is_open,
              CASE WHEN g.throttled_until > ${now()} THEN g.throttled_until END AS throttled_until, g.throttled_why
         FROM progress_manager AS p LEFT JOIN progress_gate AS g ON g.scope = p.type
        WHERE p.number = ? AND ${ALIVE}`,
      [type, number],
    );
    return row && toStanding(row);
  }

  /** How many due jobs of its type stand before it; counted up to `MOST_BEFORE`. */
  async before(number: number, type: string): Promise<number> {
    const { now, byIndex } = this.database.dialect;
    const [row] = await this.database.rows<{ count: number | string }>(
      `SELECT COUNT(*) AS count FROM (
         SELECT p.number FROM progress_manager AS p ${byIndex('ix_due')}, progress_manager AS own
          WHERE own.number = ? AND p.type = ? AND p.due_at <= ${now()} AND p.status IN ('new', 'in_progress')
            AND p.deleted = 0 AND (p.due_at < own.due_at OR (p.due_at = own.due_at AND p.number < own.number))
          LIMIT ?) AS t`,
      [number, type, MOST_BEFORE],
    );
    return Number(row?.count ?? 0);
  }

  /** A job of the type that holds a place while nobody works on it: between two slices, or after "not now". */
  async restingInPlace(type: string): Promise<number | undefined> {
    const { now, byIndex } = this.database.dialect;
    const sql = `SELECT number FROM progress_manager ${byIndex('ix_place')}
      WHERE type = ? AND has_place = 1 AND status = 'in_progress' AND deleted = 0
        AND (lease_owner IS NULL OR due_at <= ${now()}) ORDER BY number LIMIT 1`;
    const [row] = await this.database.rows<{ number: number | string }>(sql, [type]);
    return row && Number(row.number);
  }

  /** The gate of a type as a claim would find it. */
  async gate(type: string, limits: TypeLimits): Promise<Gate | undefined> {
    return (await this.#gates.look(new Map([[type, limits]]))).get(type);
  }
}

function toStanding(row: StandingRow): Standing {
  return {
    type: row.type,
    owner: row.owner ?? undefined,
    group: row.job_group ?? undefined,
    begins: Number(row.begins) === 1,
    hasPlace: Number(row.has_place) === 1,
    now: fromStored(row.now),
    isDue: Number(row.is_due) === 1,
    isHeld: Number(row.is_held) === 1,
    refusals: row.refusals,
    isTypePaused: Number(row.is_open) === 0,
    throttledUntil: fromStored(row.throttled_until),
    throttledWhy: row.throttled_why ?? undefined,
  };
}
