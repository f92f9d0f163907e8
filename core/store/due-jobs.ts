import { LEFT_MS } from '../contracts/job-store.js';
import { EVERY_TYPE } from '../contracts/limits.js';
import type { Able } from './able.js';
import type { Database, Statement } from './database.js';
import type { Gate, Limited } from './gates.js';
import { LockedRows } from './locked-rows.js';
import { placeholders } from './placeholders.js';

/** A look at what is due must answer within this, ms: the next one is near. */
const LOOK_MS = 2000;

/** Of a crowd of locked rows so many of each type are found by one question. */
const MOST_SIFTED = 500;
/** So many questions are asked at most before the next claim. */
const MOST_SIFTS = 20;

export interface Candidate {
  readonly number: number;
  readonly type: string;
  /** Its worker's lease has ended. */
  readonly isLost: boolean;
  /** Just now. */
  readonly isJustLost: boolean;
  /** As its row says it. */
  readonly dueAt: string;
}

/** A candidate of a type with limits. */
export type LimitedCandidate = Candidate & Limited;

interface CandidateRow {
  readonly number: number;
  readonly type: string;
  readonly lost: number;
  readonly due_at: string;
  readonly owner?: string | null;
  readonly job_group?: string | null;
  readonly begins?: number;
  readonly has_place?: number;
}

/** Unfinished and not deleted by other programs: only such rows may run. */
export const ALIVE = "status IN ('new', 'in_progress') AND deleted = 0";

/** Begins for the first time, or after an error anew. */
export const BEGINS = "CASE WHEN status = 'new' OR error IS NOT NULL THEN 1 ELSE 0 END";

/** What a limit looks at in a candidate. */
const LIMITED = `, created_by_id AS owner, job_group, ${BEGINS} AS begins, has_place`;
/** By an index of their own: those that want a place may be a million. */
const HOLDS: Statement = { sql: 'AND has_place = 1', bindings: [] };
const WANTS: Statement = { sql: 'AND has_place = 0', bindings: [] };

/** In `lost`, where any that was lost is more than 0. */
const JUST_LOST = 2;

/** What is read of one type beside what every claim needs. */
interface Branch {
  readonly columns?: string;
  readonly conditions?: readonly Statement[];
  readonly index?: string;
}

/** Neither this type nor every type is paused; binds the type. */
export const NOT_PAUSED = `NOT EXISTS (SELECT 1 FROM progress_pause WHERE scope IN (?, '${EVERY_TYPE}'))`;

/** Which jobs are due, or will be soon. */
export class DueJobs {
  readonly #locked: LockedRows;
  private readonly database: Database;

  constructor(
    database: Database,
    private readonly able: Able,
  ) {
    this.database = database.within(LOOK_MS);
    this.#locked = new LockedRows(this.database);
  }

  /** Of each of these types the first that are due. */
  async candidates(types: readonly string[], limit: number): Promise<Candidate[]> {
    if (types.length === 0) return [];
    const avoided = this.#locked.numbers;
    const branches = types.map((type, index) => this.#branch(type, `t${index}`, limit, avoided));
    return (await this.#rows(branches)).map(toCandidate);
  }

  /**
   * The same of types with limits: those that hold their place first, then those that want one, without those that a
   * limit would hold back whatever else is claimed.
   */
  async candidatesThrough(gates: readonly Gate[], limit: number): Promise<LimitedCandidate[]> {
    if (gates.length === 0) return [];
    const avoided = this.#locked.numbers;
    const holding = gates.map(({ type }, index) =>
      this.#branch(type, `h${index}`, limit, avoided, { columns: LIMITED, conditions: [HOLDS], index: 'ix_place' }),
    );
    const wanting = gates.flatMap((gate, index) => {
      const notFull = [notOf('created_by_id', gate.full('owners')), notOf('job_group', gate.full('groups'))];
      const conditions = [WANTS, ...notFull];
      return gate.isFull ? [] : this.#branch(gate.type, `w${index}`, limit, avoided, { columns: LIMITED, conditions });
    });
    const branches = [...holding, ...wanting];
    return (await this.#rows(branches)).map((row) => ({
      ...toCandidate(row),
      owner: row.owner ?? undefined,
      group: row.job_group ?? undefined,
      begins: Number(row.begins) === 1,
      hasPlace: Number(row.has_place) === 1,
    }));
  }

  #rows(branches: readonly Statement[]): Promise<CandidateRow[]> {
    const sql = branches.map((branch) => branch.sql).join(' UNION ALL ');
    return this.database.rows(
      sql,
      branches.flatMap(({ bindings }) => bindings),
    );
  }

  /**
   * One walk of the index (type, due_at, number) per type: a crowd of one type never hides the others. Left to itself
   * MariaDB looks only at the type, and reads past every ended job, whose due time is NULL: 34 ms at 500,000 of them.
   */
  #branch(
    type: string,
    name: string,
    limit: number,
    avoided: readonly number[],
    { columns = '', conditions = [], index = 'ix_due' }: Branch = {},
  ): Statement {
    const { now, nowPlus, byIndex } = this.database.dialect;
    const lost = `CASE WHEN lease_owner IS NULL THEN 0 WHEN due_at > ${nowPlus(`-${LEFT_MS}`)} THEN ${JUST_LOST} ELSE 1 END`;
    const unlocked = avoided.length > 0 ? `AND number NOT IN (${placeholders(avoided)})` : '';
    return {
      sql: `SELECT * FROM (SELECT number, type, due_at, ${lost} AS lost${columns}
        FROM progress_manager ${byIndex(index)}
        WHERE type = ? AND due_at <= ${now()} AND ${ALIVE} AND ${this.able.ofType(type)} AND ${NOT_PAUSED} ${unlocked}
          ${conditions.map(({ sql }) => sql).join(' ')}
        ORDER BY due_at, number LIMIT ?) AS ${name}`,
      bindings: [type, ...this.able.keyIds, type, ...avoided, ...conditions.flatMap(({ bindings }) => bindings), limit],
    };
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

  /** Which of these nobody has locked in this moment; it changes nothing about what is looked for. */
  unlocked(numbers: readonly number[]): Promise<ReadonlySet<number>> {
    return this.#locked.unlocked(numbers);
  }

  /** Somebody else has locked this row: it is left out for a while. */
  avoid(number: number): void {
    this.#locked.add(number);
  }

  /**
   * Gives which of the chosen are free. Where somebody else has locked any, all that are locked now are left out for a
   * while, also those of these types that stand behind them, up to the first that is free.
   */
  async withoutLocked(chosen: readonly number[], types: readonly string[]): Promise<number[]> {
    const free = await this.#locked.sift(chosen);
    if (free.length === chosen.length) return free;
    for (let sifts = 0; sifts < MOST_SIFTS; sifts++) {
      const behind = (await this.candidates(types, MOST_SIFTED)).map(({ number }) => number);
      if (behind.length === 0 || (await this.#locked.sift(behind)).length > 0) break;
    }
    return free;
  }
}

function toCandidate({ number, type, lost, due_at: dueAt }: CandidateRow): Candidate {
  return { number: Number(number), type, isLost: Number(lost) > 0, isJustLost: Number(lost) === JUST_LOST, dueAt };
}

/** SQL that leaves out rows with one of these values in a column. */
function notOf(column: string, values: readonly string[]): Statement {
  if (values.length === 0) return { sql: '', bindings: [] };
  return { sql: `AND (${column} IS NULL OR ${column} NOT IN (${placeholders(values)}))`, bindings: values };
}

/** Of those that were just lost so many as processes stand by for them. */
export function withoutLeft<C extends Candidate>(candidates: readonly C[], standingBy = Number.POSITIVE_INFINITY): C[] {
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
