import { LEFT_MS } from '../contracts/job-store.js';
import type { Able } from './able.js';
import type { Database } from './database.js';
import { placeholders } from './placeholders.js';

/** A row that somebody else has locked is left out of claims for so long, ms: it must not hold up the others. */
const AVOIDED_MS = 10_000;

/** A look at what is due must answer within this, ms: the next one is near. */
const LOOK_MS = 2000;

export interface Candidate {
  readonly number: number;
  readonly type: string;
  /** Its worker's lease ended just now. */
  readonly isJustLost: boolean;
}

/** Unfinished and not deleted by other programs: only such rows may run. */
export const ALIVE = "status IN ('new', 'in_progress') AND deleted = 0";

/** Which jobs are due, or will be soon. Reads only, and locks nothing. */
export class DueJobs {
  /** Rows that were locked, and until when they are left out, on the process's monotonic clock, ms. */
  readonly #avoided = new Map<number, number>();
  private readonly database: Database;

  constructor(
    database: Database,
    private readonly able: Able,
  ) {
    this.database = database.within(LOOK_MS);
  }

  /**
   * One walk of the index (type, due_at, number) per type: a crowd of one type never hides the others. Left to itself
   * MariaDB looks only at the type, and reads past every ended job, whose due time is NULL: 34 ms at 500,000 of them.
   */
  async candidates(types: readonly string[], limit: number): Promise<Candidate[]> {
    const avoided = this.#avoidedNow();
    const unlocked = avoided.length > 0 ? `AND number NOT IN (${placeholders(avoided)})` : '';
    const { now, nowPlus, byIndex } = this.database.dialect;
    const justLost = `CASE WHEN lease_owner IS NOT NULL AND due_at > ${nowPlus(`-${LEFT_MS}`)} THEN 1 ELSE 0 END`;
    const branches = types.map(
      (
        type,
        index,
      ) => `SELECT * FROM (SELECT number, type, ${justLost} AS just_lost FROM progress_manager ${byIndex('ix_due')}
        WHERE type = ? AND due_at <= ${now()} AND ${ALIVE} AND ${this.able.ofType(type)} ${unlocked}
        ORDER BY due_at, number LIMIT ?) AS t${index}`,
    );
    const rows = await this.database.rows<{ number: number; type: string; just_lost: number }>(
      branches.join(' UNION ALL '),
      types.flatMap((type) => [type, ...this.able.keyIds, ...avoided, limit]),
    );
    return rows.map(({ number, type, just_lost }) => ({
      ...{ number: Number(number), type, isJustLost: Number(just_lost) === 1 },
    }));
  }

  async someDue(types: readonly string[]): Promise<boolean> {
    return types.length > 0 && (await this.candidates(types, 1)).length > 0;
  }

  /** As JobStore's: one short walk of the index for each type. */
  async runningOut(types: readonly string[], withinMs: number, most: number): Promise<ReadonlyMap<string, number>> {
    if (types.length === 0) return new Map();
    const { now, nowPlus, byIndex } = this.database.dialect;
    const branches = types.map(
      (type, index) => `SELECT type FROM (SELECT type FROM progress_manager ${byIndex('ix_due')}
        WHERE type = ? AND due_at > ${now()} AND due_at < ${nowPlus()}
          AND status = 'in_progress' AND lease_owner IS NOT NULL AND deleted = 0 AND ${this.able.ofType(type)}
        ORDER BY due_at, number LIMIT ?) AS t${index}`,
    );
    const rows = await this.database.rows<{ type: string; jobs: number }>(
      `SELECT type, COUNT(*) AS jobs FROM (${branches.join(' UNION ALL ')}) AS t GROUP BY type`,
      types.flatMap((type) => [type, withinMs, ...this.able.keyIds, most]),
    );
    return new Map(rows.map(({ type, jobs }) => [type, Number(jobs)]));
  }

  /** Somebody else has locked this row. */
  avoid(number: number): void {
    this.#avoided.set(number, performance.now() + AVOIDED_MS);
  }

  #avoidedNow(): number[] {
    const now = performance.now();
    for (const [number, until] of this.#avoided) if (until < now) this.#avoided.delete(number);
    return [...this.#avoided.keys()];
  }
}

/** Of those that were just lost so many as processes stand by for them. */
export function withoutLeft(candidates: readonly Candidate[], standingBy = Number.POSITIVE_INFINITY): Candidate[] {
  let free = standingBy;
  return candidates.filter(({ isJustLost }) => !isJustLost || free-- > 0);
}

/** One of each type in turn, so that a type with one due job is not behind another's hundred. Rising, against deadlocks. */
export function inTurn(candidates: readonly Candidate[], types: readonly string[], limit: number): number[] {
  const queues = types.map((type) => candidates.filter((candidate) => candidate.type === type));
  const chosen: number[] = [];
  for (let round = 0; chosen.length < limit && queues.some((queue) => queue.length > round); round++) {
    for (const queue of queues) {
      const next = queue[round];
      if (next && chosen.length < limit) chosen.push(next.number);
    }
  }
  return chosen.sort((a, b) => a - b);
}
