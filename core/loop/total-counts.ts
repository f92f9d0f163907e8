import { describeError } from '../contracts/describe-error.js';
import type { Logger } from '../contracts/logger.js';
import type { ProgressJob, ProgressJobInterface } from '../contracts/progress-job.js';
import type { User } from '../contracts/user.js';
import { runBlamed } from '../store/scope.js';

/** A count has so long, ms. */
const COUNT_MS = 30_000;
/** Jobs whose counts are remembered; of one that was forgotten the count is asked again. */
const MOST_KNOWN = 1000;

interface Count {
  total: number | undefined;
  /** Ends when `total` is final. */
  answered?: Promise<void>;
}

/** What `countTotal` of services said, or will say. It is asked once, and nobody waits for it but tests. */
export class TotalCounts {
  readonly #known = new Map<string, Count>();

  constructor(
    /** A service of its own for each count: it shares nothing with the slice. */
    private readonly create: (type: string) => ProgressJobInterface,
    private readonly logger: Logger,
    private readonly limitMs = COUNT_MS,
  ) {}

  /** How many this job, in this phase, has to process, as far as that is known by the time it is called. */
  of(job: ProgressJob, user: User): () => number | undefined {
    const key = keyOf(job);
    const known = this.#known.get(key);
    if (known) return () => known.total;
    if (job.counts.total !== undefined) return () => undefined;
    const asked: Count = { total: undefined };
    this.#known.set(key, asked);
    const [oldest = key] = this.#known.keys();
    if (this.#known.size > MOST_KNOWN) this.#known.delete(oldest);
    // After the slice has begun: what counts without letting go comes behind it.
    asked.answered = new Promise((resolve) => setImmediate(() => resolve(this.#ask(job, user, asked))));
    return () => asked.total;
  }

  /** Ends when the count that `of` began for this job, in this phase, has answered or its time is up. Never throws. */
  async answered(job: ProgressJob): Promise<void> {
    await this.#known.get(keyOf(job))?.answered;
  }

  async #ask(job: ProgressJob, user: User, asked: Count): Promise<void> {
    try {
      asked.total = checked(await this.#inTime(job, user));
    } catch (error) {
      this.#warn(job, error);
    }
  }

  #inTime(job: ProgressJob, user: User): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const late = new AbortController();
      const timer = setTimeout(() => {
        const error = new Error(`countTotal has not answered within ${this.limitMs} ms.`);
        reject(error);
        late.abort(error);
      }, this.limitMs).unref();
      // What its forgotten promises and timers throw later is told as well.
      const blame = (error: unknown) => this.#warn(job, error);
      runBlamed(blame, async () => {
        const service = this.create(job.type);
        service.begin?.(job);
        return service.countTotal?.(job, { signal: late.signal, user });
      })
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });
  }

  #warn({ number, type }: ProgressJob, error: unknown): void {
    const fields = { job: number, type, error: describeError(error) };
    this.logger.warn(fields, 'what a job has to do could not be counted: its bar is without a total');
  }
}

const keyOf = ({ number, phase }: ProgressJob) => `${number} ${phase?.index ?? ''}`;

function checked(total: unknown): number | undefined {
  if (total === undefined || total === null) return undefined;
  if (Number.isSafeInteger(total) && (total as number) >= 0) return total as number;
  throw new TypeError(
    `countTotal gave ${typeof total === 'number' ? total : `a ${typeof total}`}, no whole number from 0.`,
  );
}
