import { setTimeout as sleep } from 'node:timers/promises';
import type { CallersTransaction } from '../contracts/callers-transaction.js';
import { IdTakenError, KeyBusyError } from '../contracts/errors.js';
import type { Job } from '../contracts/job.js';
import type { Found, Inserted, InsertedJob, NewJob, Refuse } from '../contracts/job-store.js';
import { statementsOn } from './callers-transaction.js';
import { type Database, type Statements, UNLESS_LOCKED } from './database.js';
import { assertOutsideWrite } from './inside-write.js';
import { bytesOf, NewRows, type Numbers } from './new-rows.js';
import { StandingJobs } from './standing-jobs.js';
import { isDuplicate, isOutage, retryTransient } from './transient.js';
import { type Doing, TurnBatch } from './turn-batch.js';

/**
 * A busy key may become free between the insert and the look at its holder, and a connection may break: then the
 * insert is tried again.
 */
const INSERT_TRIES = 5;

/** Adds jobs. Those that come in one turn are one statement, and each is answered after its commit. */
export class JobInserts {
  readonly #rows: NewRows;
  readonly #standing: StandingJobs;
  /** How many jobs the last two batches had: a crowd that is parted makes two counts in turn. */
  #lastCounts: readonly number[] = [];
  readonly #batch: TurnBatch<NewJob, Inserted>;

  constructor(private readonly database: Database) {
    this.#rows = new NewRows(database);
    this.#standing = new StandingJobs(database);
    const doing: Doing<NewJob, Inserted> = {
      together: (jobs) => this.#together(jobs),
      alone: (job, failure) => this.#alone(job, isOutage(failure)),
      bytesOf,
    };
    this.#batch = new TurnBatch(doing, { partsCrowds: database.dialect.name === 'mysql' });
  }

  async insert(job: NewJob): Promise<Inserted> {
    assertOutsideWrite('The database');
    return job.inputs.length > 0 || job.next ? this.#alone(job, false) : this.#batch.ask(job);
  }

  async insertMany(jobs: readonly NewJob[], refuse: Refuse): Promise<readonly Inserted[]> {
    assertOutsideWrite('The database');
    let there: ReadonlyMap<string, Inserted> = new Map();
    for (let tried = 1, isRepeat = false; ; tried++) {
      try {
        if (tried > 1) there = accepted(jobs, await this.#standing.of(jobs), refuse, isRepeat);
        const missing = without(jobs, there);
        if (tried > 1) await this.#refuseBusyNext(missing);
        const given = await retryTransient(() => this.#addAll(missing));
        return jobs.map((job) => there.get(job.id) ?? inserted(job, given));
      } catch (error) {
        if (tried === INSERT_TRIES || !(isOutage(error) || isDuplicate(error))) throw error;
        isRepeat ||= isOutage(error);
        if (isOutage(error)) await sleep(Math.random() * 100 * 2 ** tried);
      }
    }
  }

  /** A fault of the database ends the caller's transaction, or asks the caller to: it is not hidden by another try. */
  async insertWithin(transaction: CallersTransaction, jobs: readonly NewJob[], refuse: Refuse) {
    const on = statementsOn(transaction, this.database);
    let there: ReadonlyMap<string, Inserted> = new Map();
    if (jobs.some(({ next }) => next !== undefined)) {
      // Before anything is written: what is refused afterwards would leave the first of them in the transaction.
      const standing = await this.#standing.of(jobs, on, 'seen');
      const fresh = jobs.filter((_, entry) => !standing.has(entry));
      await this.#refuseBusyNext(fresh, on, 'seen');
    }
    for (let tried = 1; ; tried++) {
      const missing = without(jobs, there);
      let isBegun = false;
      const begun = () => {
        isBegun = true;
      };
      try {
        const given = await this.#rows.addAll(missing, on, { begun });
        return jobs.map((job) => there.get(job.id) ?? inserted(job, given));
      } catch (error) {
        if (tried === INSERT_TRIES || !isDuplicate(error)) throw error;
        // What stands there under their ids is then what has just been inserted.
        if (isBegun) {
          await this.#refuseBusyNext(missing, on);
          throw error;
        }
        there = accepted(jobs, await this.#standing.of(jobs, on), refuse, false);
        await this.#refuseBusyNext(without(jobs, there), on);
      }
    }
  }

  /** The unfinished job that holds the key which this one, a finished one, had. */
  holderOfKeyOf(number: number): Promise<Job | undefined> {
    return this.#standing.holderOfKeyOf(number);
  }

  /** Throws when one of them stands in the way of all: then each is looked at alone. */
  async #together(jobs: readonly NewJob[]): Promise<(Inserted | undefined)[]> {
    const on = this.#comesAgain(jobs.length) ? this.database.prepared : this.database;
    const given = await retryTransient(() => this.#rows.add(jobs, on), UNLESS_LOCKED);
    // One that is gone again is looked at alone.
    return jobs.map((job) => (given.has(job.id) ? inserted(job, given) : undefined));
  }

  /**
   * So many callers push in step, turn after turn: the server need not read the same text each time, which is a sixth
   * of its work. Of a count that comes once it would only have to keep the plan.
   */
  #comesAgain(count: number): boolean {
    const cameBefore = this.#lastCounts.includes(count);
    this.#lastCounts = [...this.#lastCounts.slice(-1), count];
    return cameBefore;
  }

  /** `isRepeat`: an earlier try may have come through, and its answer was lost. */
  async #alone(job: NewJob, wasTried: boolean): Promise<Inserted> {
    for (let tried = 1, isRepeat = wasTried; ; tried++) {
      try {
        return inserted(job, await retryTransient(() => this.#addAll([job])));
      } catch (error) {
        if (isOutage(error) && tried < INSERT_TRIES) {
          isRepeat = true;
          await sleep(Math.random() * 100 * 2 ** tried);
          continue;
        }
        if (!isDuplicate(error)) throw error;
        const found = (await this.#standing.of([job])).get(0);
        if (found instanceof IdTakenError) throw found;
        if (found) return isRepeat && found.job.id === job.id ? { created: true, job: found.job } : found;
        await this.#refuseBusyNext([job]);
        if (tried === INSERT_TRIES) throw error;
      }
    }
  }

  /** Of the jobs that are to wait for these, one that is there already can neither be joined nor made to wait. */
  async #refuseBusyNext(jobs: readonly NewJob[], on?: Statements, how?: 'seen'): Promise<void> {
    const later = jobs.flatMap(waiting);
    if (later.length === 0) return;
    const standing = [...(await this.#standing.of(later, on, how))];
    // Keys first: what has the id of one may be that very one, inserted before another could not be.
    const busy = standing.find(([, found]) => !(found instanceof IdTakenError) && found.because === 'key');
    if (busy) throw new KeyBusyError((later[busy[0]] as NewJob).key ?? '', undefined);
    if (standing.length > 0) throw new IdTakenError();
  }

  /** One statement; a transaction when it takes several. */
  #addAll(jobs: readonly NewJob[]): Promise<Numbers> {
    const { parts, isOne } = this.#rows.plan(jobs);
    if (isOne) return this.#rows.add(jobs, this.database);
    return this.database.knex.transaction((transaction) =>
      this.#rows.addAll(jobs, this.database.on(transaction), { parts }),
    );
  }
}

const without = (jobs: readonly NewJob[], there: ReadonlyMap<string, Inserted>) =>
  there.size === 0 ? jobs : jobs.filter(({ id }) => !there.has(id));

/** Those of a list that need not be inserted. An earlier try that came through (`isRepeat`) made what has our ids. */
function accepted(
  jobs: readonly NewJob[],
  standing: ReadonlyMap<number, Found>,
  refuse: Refuse,
  isRepeat: boolean,
): ReadonlyMap<string, Inserted> {
  const there = new Map<string, Inserted>();
  for (const [entry, found] of standing) {
    const { id } = jobs[entry] as NewJob;
    const isOurs = isRepeat && 'job' in found && found.job.id === id;
    if (!isOurs) refuse(found, entry);
    if (found instanceof IdTakenError) throw found;
    there.set(id, isOurs ? { created: true, job: found.job } : found);
  }
  return there;
}

/** Not a promise for each of a list: they would cost more than the rest. */
function inserted(job: NewJob, numbers: Numbers): Inserted {
  const { next } = job;
  if (!next) return { created: true, job: insertedJob(job, numbers) };
  return { created: true, job: insertedJob(job, numbers), next: next.map((later) => insertedJob(later, numbers)) };
}

function insertedJob({ id, type }: NewJob, numbers: Numbers): InsertedJob {
  const number = numbers.get(id);
  if (number === undefined) throw new Error(`The job ${id} is gone again in the moment it was inserted.`);
  return { id, number, type };
}

/** All that wait for this one, also through others. */
function waiting({ next = [] }: NewJob): NewJob[] {
  return next.flatMap((job) => [job, ...waiting(job)]);
}
