import { randomBytes } from 'node:crypto';
import type {
  Claimed,
  ClaimedJob,
  ClaimRequest,
  Prefetched,
  PrefetchPosition,
  PrefetchRequest,
  UnbegunJob,
} from '../contracts/job-store.js';
import type { Able } from './able.js';
import { BeginMarks, prefetchOwner } from './begin-marks.js';
import type { Database } from './database.js';
import { DueAhead } from './due-ahead.js';
import { type Candidate, type DueJobs, inTurn, type LimitedCandidate, withoutLeft } from './due-jobs.js';
import { type Gate, Gates } from './gates.js';
import { placeholders } from './placeholders.js';
import { CLAIMED_COLUMNS, type ClaimedRow, toClaimedJob } from './row.js';
import { Taking } from './taking.js';
import { isLockWait } from './transient.js';
import { UnusedClaims } from './unused-claims.js';

/** A claim must answer within this, ms: the next look is near. */
const CLAIM_MS = 2000;

/** Locked rows that one claim runs into. */
const MOST_LOCKED = 3;

const NO_LIMITS: NonNullable<ClaimRequest['limits']> = new Map();
const NO_GATES: Look['gates'] = new Map();
const NONE: Look['limited'] = new Map();
const FOR_ONE: Look = { candidates: [], hasLeft: false, gates: NO_GATES, limited: NONE };
const NOTHING: Claimed = { jobs: [], more: false, hasLeft: false };

/** What may be claimed now. */
interface Look {
  readonly candidates: readonly Candidate[];
  /** Some are left to workers with a process ready. */
  readonly hasLeft: boolean;
  /** By type, those that a limit watches over. */
  readonly gates: ReadonlyMap<string, Gate>;
  readonly limited: ReadonlyMap<number, LimitedCandidate>;
}

/**
 * Takes due jobs. A dead worker's job needs nobody to rescue it: when its lease ends it is due like any other.
 * No lock is held between the steps; exclusion comes from the guarded update alone.
 */
export class JobClaims {
  readonly #unused: UnusedClaims;
  readonly #ahead: DueAhead;
  readonly #gates: Gates;
  readonly #taking: Taking;
  readonly #marks: BeginMarks;
  #prefetches = 0;
  private readonly database: Database;

  constructor(
    database: Database,
    private readonly due: DueJobs,
    able: Able,
    tokenStep: number,
  ) {
    this.#ahead = new DueAhead(due);
    this.database = database.within(CLAIM_MS);
    this.#gates = new Gates(this.database);
    this.#taking = new Taking(this.database, able, tokenStep);
    this.#marks = new BeginMarks(this.database);
    this.#unused = new UnusedClaims(this.database, due);
  }

  /** Candidates by a plain read, or by one that another claim has just done; one guarded update; a read of what it won. */
  async claim(request: ClaimRequest): Promise<Claimed> {
    const { types, limit } = request;
    await this.#unused.giveBack();
    if (limit < 1 || types.length === 0) return NOTHING;
    const look = await this.#look(request);
    const chosen = inTurn(look.candidates, types, limit);
    if (chosen.length === 0) return { ...NOTHING, hasLeft: look.hasLeft };
    this.#ahead.take(chosen);
    const { won, jobs } = await this.#win(chosen, look, ownerOf(request), request.leaseMs);
    return { jobs, more: look.candidates.length > won, hasLeft: look.hasLeft };
  }

  /** As JobStore's. Not where others take from the same: what waits here they could begin at once. */
  async prefetch(request: PrefetchRequest): Promise<Prefetched | undefined> {
    const { worker, types, limit, mayWait, leaseMs } = request;
    await this.#unused.giveBack();
    if (this.#ahead.isShy) return undefined;
    // Never twice: what holds the jobs is to be told apart from what held others.
    const claim = ++this.#prefetches;
    const look = await this.#look({ ...request, limit: this.#ahead.shareOf(limit), standingBy: 0 });
    const mayAllWait = look.candidates.every(({ type, isLost }) => mayWait.has(type) && !isLost);
    const chosen = mayAllWait && !look.hasLeft ? inTurn(look.candidates, types, limit) : [];
    if (chosen.length === 0 || !(await this.#marks.open(worker, claim))) return undefined;
    this.#ahead.take(chosen);
    const { jobs } = await this.#win(chosen, look, prefetchOwner(worker, claim), leaseMs);
    return { claim, jobs, dueAt: stoodIn(look) };
  }

  giveBackUncertain(): Promise<void> {
    return this.#unused.giveBack();
  }

  begin(worker: string, upTo: PrefetchPosition): Promise<boolean> {
    return this.#marks.mark(worker, upTo);
  }

  giveBack(worker: string, waiting: readonly UnbegunJob[], leaseMs: number): Promise<void> {
    this.#unused.addUnbegun(worker, waiting, leaseMs);
    return this.#unused.giveBack();
  }

  /** As JobStore's: a person asked for this one, whatever limits and pauses hold its type back. */
  async claimOne(number: number, request: Pick<ClaimRequest, 'worker' | 'leaseMs'>): Promise<ClaimedJob | undefined> {
    await this.#unused.giveBack();
    this.#ahead.take([number]);
    return (await this.#win([number], FOR_ONE, ownerOf(request), request.leaseMs)).jobs[0];
  }

  async #win(
    chosen: readonly number[],
    look: Look,
    claim: string,
    leaseMs: number,
  ): Promise<{ readonly won: number; readonly jobs: readonly ClaimedJob[] }> {
    const sentAt = performance.now();
    try {
      const won = await this.#takeChosen(chosen, look, claim, leaseMs);
      return { won, jobs: won === 0 ? [] : await this.#read(chosen, claim) };
    } catch (error) {
      this.#ahead.forget();
      const until = sentAt + leaseMs;
      this.#unused.add({ owners: [claim], jobs: chosen, dueAt: stoodIn(look), isInDoubt: true, until });
      throw error;
    }
  }

  /** One more than is wanted, to tell whether any are left. */
  async #look({ types, limit, standingBy, limits = NO_LIMITS }: ClaimRequest): Promise<Look> {
    const free = limits.size === 0 ? types : types.filter((type) => !limits.has(type));
    const known = this.#ahead.left(free, limit + 1);
    const before = known && withoutLeft(known, standingBy);
    if (limits.size === 0 && before && before.length > limit)
      return { candidates: before, hasLeft: before.length < known.length, gates: NO_GATES, limited: NONE };
    const due = free.length > 0 ? await this.#ahead.look(free, limit + 1) : [];
    const limiting = new Map([...limits].filter(([type]) => types.includes(type)));
    if (limiting.size > 0) await this.#gates.ensure(limiting.keys());
    const gates = await this.#gates.look(limiting);
    const through = await this.due.candidatesThrough([...gates.values()], limit + 1);
    const unlimited = withoutLeft(due, standingBy);
    const some = withoutLeft(through, standingBy);
    const limited = some.filter((each) => gates.get(each.type)?.admits(each));
    const candidates = [...unlimited, ...limited];
    const hasLeft = unlimited.length < due.length || some.length < through.length;
    return { candidates, hasLeft, gates, limited: new Map(limited.map((each) => [each.number, each])) };
  }

  /** Those without limits together, and those of each type with limits through its gate. */
  async #takeChosen(chosen: readonly number[], { candidates, gates, limited }: Look, claim: string, leaseMs: number) {
    const free = chosen.filter((number) => !limited.has(number));
    const types = [...new Set(candidates.map(({ type }) => type))].filter((type) => !gates.has(type));
    const unheld = new Set(candidates.filter(({ isLost }) => !isLost).map(({ number }) => number));
    const letGo = (some: readonly number[]) => this.#marks.letGo(some.filter((number) => !unheld.has(number)));
    const takeFree = async (some: readonly number[]) => {
      await letGo(some);
      return this.#taking.all(some, { claim, leaseMs });
    };
    let won = free.length > 0 ? await this.#take(free, types, takeFree) : 0;
    if (won < free.length) this.#ahead.met();
    for (const gate of gates.values()) {
      const own = chosen.filter((number) => limited.get(number)?.type === gate.type);
      if (own.length === 0) continue;
      // Who waits for a locked job there holds the gate, and with it all other claims of the type.
      const some = await this.due.withoutLocked(own, [gate.type]);
      if (some.length === 0) continue;
      let { passes } = gate;
      won += await this.#take(some, [gate.type], async (numbers) => {
        await letGo(numbers);
        const begins = numbers.filter((number) => limited.get(number)?.begins).length;
        const taken = await this.#taking.through(gate, { passes, begins }, numbers, { claim, leaseMs });
        if (taken > 0) passes++;
        return taken;
      });
    }
    return won;
  }

  /**
   * All in one statement; without those that somebody has locked, when it is so; one by one where even then one is
   * locked, so that it costs only itself.
   */
  async #take(
    chosen: readonly number[],
    types: readonly string[],
    takeAll: (some: readonly number[]) => Promise<number>,
  ): Promise<number> {
    const all = await unlessLocked(takeAll(chosen));
    if (all !== undefined) return all;
    this.#ahead.forget();
    const free = await this.due.withoutLocked(chosen, types);
    if (free.length === 0) return 0;
    const others = free.length < chosen.length ? await unlessLocked(takeAll(free)) : undefined;
    if (others !== undefined) return others;
    let won = 0;
    let locked = 0;
    for (const number of free) {
      const one = await unlessLocked(takeAll([number]));
      won += one ?? 0;
      if (one !== undefined) continue;
      this.due.avoid(number);
      // Each of them has cost a second: those that were won wait for nobody else.
      if (++locked === MOST_LOCKED) break;
    }
    return won;
  }

  async #read(chosen: readonly number[], claim: string): Promise<ClaimedJob[]> {
    const rows = await this.database.rows<ClaimedRow>(
      `SELECT ${CLAIMED_COLUMNS.join(', ')} FROM progress_manager
        WHERE number IN (${placeholders(chosen)}) AND lease_owner = ? AND status IN ('in_progress', 'paused')
        ORDER BY number`,
      [...chosen, claim],
    );
    return rows.map(toClaimedJob);
  }
}

/** Where they stood in line. */
const stoodIn = ({ candidates }: Look) => new Map(candidates.map(({ number, dueAt }) => [number, dueAt]));

const ownerOf = ({ worker }: Pick<ClaimRequest, 'worker'>) => `${worker}/${randomBytes(8).toString('hex')}`;

/** `undefined`: somebody else has held a row for longer than we wait for it. */
async function unlessLocked(taking: Promise<number>): Promise<number | undefined> {
  try {
    return await taking;
  } catch (error) {
    if (isLockWait(error)) return undefined;
    throw error;
  }
}
