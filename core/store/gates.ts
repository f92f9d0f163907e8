import type { TypeLimits } from '../contracts/limits.js';
import type { Binding, Database, Statement } from './database.js';
import type { Dialect } from './dialect.js';
import { placeholders } from './placeholders.js';
import { fromStored, toStored } from './row.js';
import { retryTransient } from './transient.js';

/** Jobs that are due later than this are none that run, whatever the lease of their worker, ms. */
const LONGEST_LEASE_MS = 24 * 60 * 60 * 1000;

/** What a limit looks at in a job. */
export interface Limited {
  readonly type: string;
  readonly owner: string | undefined;
  readonly group: string | undefined;
  /** It has not begun yet, or is about to begin anew. */
  readonly begins: boolean;
  /** It has begun and holds its place: what limits count, it is counted in. */
  readonly hasPlace: boolean;
}

interface RunningCount {
  readonly type: string;
  readonly owner: string | null;
  readonly job_group: string | null;
  readonly count: number | string;
}

/**
 * One look at a type with limits: what runs, and what may still begin. It holds for a claim that goes through the gate
 * as this look has found it (`passes`): any claim in between has changed that.
 */
export class Gate {
  readonly #owners = new Map<string, number>();
  readonly #groups = new Map<string, number>();
  #running = 0;
  /** Begins that were admitted. */
  #begins = 0;

  constructor(
    readonly type: string,
    readonly limits: TypeLimits,
    readonly passes: number,
    /** When jobs of the type began, within the rate's time, as stored, rising. */
    private readonly begun: readonly string[],
    running: readonly RunningCount[],
  ) {
    for (const { owner, job_group, count } of running) {
      this.#running += Number(count);
      if (owner !== null) this.#owners.set(owner, (this.#owners.get(owner) ?? 0) + Number(count));
      if (job_group !== null) this.#groups.set(job_group, (this.#groups.get(job_group) ?? 0) + Number(count));
    }
  }

  /** Which limit holds this job back; `undefined`: none. */
  holds({ owner, group, begins, hasPlace }: Limited): keyof TypeLimits | undefined {
    const { limit, limitPerOwner, limitPerGroup } = this.limits;
    if (hasPlace) return this.#holdsByRate(begins) ? 'rate' : undefined;
    if (limit !== undefined && this.#running >= limit) return 'limit';
    if (limitPerOwner !== undefined && owner !== undefined && (this.#owners.get(owner) ?? 0) >= limitPerOwner)
      return 'limitPerOwner';
    if (limitPerGroup !== undefined && group !== undefined && (this.#groups.get(group) ?? 0) >= limitPerGroup)
      return 'limitPerGroup';
    return this.#holdsByRate(begins) ? 'rate' : undefined;
  }

  /** No place is free for a job that has none. */
  get isFull(): boolean {
    return this.limits.limit !== undefined && this.#running >= this.limits.limit;
  }

  #holdsByRate(begins: boolean): boolean {
    const { rate } = this.limits;
    return rate !== undefined && begins && this.begun.length + this.#begins >= rate.limit;
  }

  /** Takes a place for this job, if no limit holds it back. */
  admits(job: Limited): boolean {
    if (this.holds(job) !== undefined) return false;
    if (job.begins) this.#begins++;
    if (job.hasPlace) return true;
    this.#running++;
    if (job.owner !== undefined) this.#owners.set(job.owner, (this.#owners.get(job.owner) ?? 0) + 1);
    if (job.group !== undefined) this.#groups.set(job.group, (this.#groups.get(job.group) ?? 0) + 1);
    return true;
  }

  /** Those of whom no further job may run. */
  full(of: 'owners' | 'groups'): readonly string[] {
    const most = of === 'owners' ? this.limits.limitPerOwner : this.limits.limitPerGroup;
    const counts = of === 'owners' ? this.#owners : this.#groups;
    return most === undefined ? [] : [...counts].flatMap(([key, count]) => (count >= most ? [key] : []));
  }

  /** When the next job may begin as far as the rate goes, ISO 8601; `undefined`: now. */
  get nextBegin(): string | undefined {
    const { rate } = this.limits;
    const first = rate && this.begun.at(-rate.limit);
    if (!rate || first === undefined) return undefined;
    return new Date(Date.parse(fromStored(first)) + rate.per).toISOString();
  }

  /** SQL for what the gate remembers after so many more have begun now. */
  begunAfter(more: number, { now }: Dialect): Statement {
    if (this.limits.rate === undefined || more === 0) return { sql: 'begun', bindings: [] };
    const before = this.begun.map((time) => `${time},`).join('');
    const times = Array<string>(more).fill(now()).join(", ',', ");
    return { sql: `CONCAT(?, ${times})`, bindings: [before] };
  }
}

/** Looks at the gates of types with limits. */
export class Gates {
  readonly #known = new Set<string>();

  constructor(private readonly database: Database) {}

  /**
   * As a claim would find them. A gate without a row was never passed: claims make the rows (`ensure`), a look makes none.
   * The gate's row is read first: a claim that comes between it and the count of what runs is then noticed. */
  async look(limits: ReadonlyMap<string, TypeLimits>): Promise<ReadonlyMap<string, Gate>> {
    const types = [...limits.keys()];
    if (types.length === 0) return new Map();
    const found = await this.database.rows<{
      scope: string;
      passes: number | string;
      begun: string | null;
      now: string;
    }>(
      `SELECT scope, passes, begun, ${this.database.dialect.now()} AS now FROM progress_gate
        WHERE scope IN (${placeholders(types)})`,
      types,
    );
    const running = await this.#running(types);
    const rows = new Map(found.map((row) => [row.scope, row]));
    return new Map(
      [...limits].map(([type, own]) => {
        const { passes = 0, begun = null, now = '' } = rows.get(type) ?? {};
        const counts = running.filter((each) => each.type === type);
        return [type, new Gate(type, own, Number(passes), begunWithin(begun, own, now), counts)];
      }),
    );
  }

  /**
   * Those that hold a place, between their slices too; and those in a slice that runs all the same: paused meanwhile, run
   * by hand, or begun before their type had a limit.
   */
  #running(types: readonly string[]): Promise<RunningCount[]> {
    const { now, nowPlus, byIndex } = this.database.dialect;
    const columns = 'type, created_by_id AS owner, job_group, COUNT(*) AS count';
    const grouped = 'GROUP BY type, created_by_id, job_group';
    const holding = `SELECT ${columns} FROM progress_manager ${byIndex('ix_place')}
      WHERE type IN (${placeholders(types)}) AND has_place = 1 AND status = 'in_progress' AND deleted = 0 ${grouped}`;
    const running = types.map(
      () => `SELECT ${columns} FROM progress_manager ${byIndex('ix_due')}
        WHERE type = ? AND due_at > ${now()} AND due_at < ${nowPlus()} AND lease_owner IS NOT NULL
          AND (status = 'paused' OR has_place = 0) AND deleted = 0 ${grouped}`,
    );
    return this.database.rows([holding, ...running].join(' UNION ALL '), [
      ...types,
      ...types.flatMap((type): Binding[] => [type, LONGEST_LEASE_MS]),
    ]);
  }

  /** Makes the rows through which claims of these types go. */
  async ensure(types: Iterable<string>): Promise<void> {
    const missing = [...types].filter((type) => !this.#known.has(type));
    if (missing.length === 0) return;
    const rows = missing.map((scope) => ({ scope }));
    await retryTransient(() => this.database.from('progress_gate').insert(rows).onConflict('scope').ignore());
    for (const type of missing) this.#known.add(type);
  }
}

/** Of what a gate remembers, what still counts. */
function begunWithin(begun: string | null, { rate }: TypeLimits, now: string): string[] {
  if (rate === undefined || !begun) return [];
  const since = toStored(new Date(Date.parse(fromStored(now)) - rate.per).toISOString());
  return begun
    .split(',')
    .filter((time) => time > since)
    .slice(-rate.limit);
}
