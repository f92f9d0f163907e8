import type { ClaimedJob, JobStore, Lease, Leave, Recorded, SliceRecord } from '../contracts/job-store.js';
import type { WriteTransaction } from '../contracts/progress-job.js';
import { NEVER } from '../store/statement-seam.js';
import { asFromDatabase } from '../store/transient.js';
import type { TestSeam } from './test-seam.js';

/** What became of a slice. */
export type SliceOutcome =
  /** Its state stands in the row. */
  | 'recorded'
  /** It said "not now", or its database was away: its job is due again later. */
  | 'not_now'
  /** It threw, and its type lets it try again. */
  | 'tried_again';

type Work = (transaction: WriteTransaction) => Promise<{ readonly slice: SliceRecord; readonly leave: Leave }>;

/** Hears from a worker's store what becomes of the slices of one job, and lets the worker die instead. */
export class SliceWatch {
  /** Of the slices since the last `take`. */
  #outcomes: SliceOutcome[] = [];
  /** The job that is watched. */
  number = 0;
  /** The worker dies when so many slices are recorded and another is to be. */
  dieAfter: number | undefined;
  /** Each transaction of write callbacks is rolled back once, as after a deadlock. */
  repeatWrites = false;

  constructor(
    store: JobStore,
    private readonly seam: TestSeam,
  ) {
    // The parts of the worker hold this very object.
    const record = store.record.bind(store);
    const recordWith = store.recordWith.bind(store);
    const postpone = store.postpone.bind(store);
    const tryLater = store.tryLater.bind(store);
    store.record = (lease, slice, leave) => this.#record(lease, () => record(lease, slice, leave));
    store.recordWith = (lease, work) => this.#record(lease, () => recordWith(lease, this.#twice(work)));
    store.postpone = (lease, counts, delayMs) => this.#left(lease, 'not_now', postpone(lease, counts, delayMs));
    store.tryLater = (lease, error, delayMs) => this.#left(lease, 'tried_again', tryLater(lease, error, delayMs));
  }

  /** What was heard since it was last asked. */
  take(): readonly SliceOutcome[] {
    const outcomes = this.#outcomes;
    this.#outcomes = [];
    return outcomes;
  }

  async #record({ number }: ClaimedJob, write: () => Promise<Recorded>): Promise<Recorded> {
    if (number !== this.number) return write();
    if (this.dieAfter === 0) {
      this.seam.die();
      return NEVER;
    }
    const answer = await write();
    if (answer === 'recorded' || answer === 'paused') {
      this.#outcomes.push('recorded');
      if (this.dieAfter !== undefined) this.dieAfter--;
    }
    return answer;
  }

  async #left({ number }: Lease, outcome: SliceOutcome, write: Promise<boolean>): Promise<boolean> {
    const isOurs = await write;
    if (isOurs && number === this.number) this.#outcomes.push(outcome);
    return isOurs;
  }

  #twice(work: Work): Work {
    let isFirst = this.repeatWrites;
    return async (transaction) => {
      const done = await work(transaction);
      if (!isFirst) return done;
      isFirst = false;
      throw deadlock();
    };
  }
}

/** What every database's retry takes for a deadlock. */
function deadlock(): unknown {
  return asFromDatabase(Object.assign(new Error('A deadlock, made by the test.'), { errno: 1213 }));
}
