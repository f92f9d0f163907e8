import type { Job } from '../contracts/job.js';
import type { JobRef } from '../contracts/job-store.js';
import { isTerminal } from '../contracts/status.js';
import type { Explanation } from '../explain/explaining.js';
import { describeKill, type Kill } from './kill.js';
import type { SliceOutcome } from './slice-watch.js';
import type { TestClock } from './test-clock.js';
import type { LoggedLine } from './test-options.js';
import type { TestWorker } from './test-worker.js';

/** How a job is carried to its end. */
export interface CarryOptions {
  /** Its worker dies, and another goes on; several kills strike one after the other. */
  readonly kill?: Kill | readonly Kill[];
  /** Runs every `context.write` callback twice, as after a deadlock: what it wrote first is rolled back. */
  readonly repeatWrites?: boolean;
  /** More slices than this mean that the job has no end: 1,000. */
  readonly mostSlices?: number;
  /**
   * `false`: the clock stays. A job that is not due yet, or is held back, is then given back as it stands, to be carried
   * on once the test has moved the clock. By default it is moved to the time at which a job of the test may go on.
   */
  readonly moveClock?: boolean;
}

/** A slice as the row showed it afterwards. */
export interface SeenSlice
  extends Pick<Job, 'offset' | 'progress' | 'status' | 'message' | 'counts' | 'data' | 'result' | 'error' | 'attempt'> {
  readonly outcome: SliceOutcome;
  /** When the job goes on, after the time of the test's clock, ISO 8601; `undefined`: at once, or not by the clock. */
  readonly dueAt: string | undefined;
}

/** A job that was carried to its end, and its way there. */
export interface JobRun {
  readonly job: Job;
  readonly slices: readonly SeenSlice[];
  /** What it wrote, by name, as text in UTF-8. */
  readonly files: Readonly<Record<string, string>>;
  /** What the engine logged meanwhile. */
  readonly logged: readonly LoggedLine[];
  /** The statements of its workers, in the order in which they were sent. */
  readonly statements: readonly string[];
  /** How many workers died on the way. */
  readonly deaths: number;
}

/** What carrying needs of a test. */
export interface Carrier {
  readonly clock: TestClock;
  readonly logged: readonly LoggedLine[];
  readonly worker: TestWorker;
  /** Another worker in the place of a dead one. */
  replaceWorker(): Promise<TestWorker>;
  /** The jobs that have not ended, with hidden ones. */
  unfinished(): Promise<readonly Job[]>;
  /** Why a job does not move, and until when. */
  explain(job: Job): Promise<Explanation>;
}

const MOST_SLICES = 1000;

/** Carries one job, slice after slice, until it has ended or rests. */
export class CarriedJob {
  readonly #slices: SeenSlice[] = [];
  readonly #statements: string[] = [];
  readonly #kills: Kill[];
  #recorded = 0;
  #deaths = 0;
  #passes = 0;

  constructor(
    private readonly carrier: Carrier,
    private readonly ref: JobRef,
    private readonly options: CarryOptions,
  ) {
    this.#kills = [options.kill ?? []].flat() as Kill[];
  }

  /** Throws when it has no end, when nothing can move it, and when it ended before its worker was to die. */
  async toItsEnd(): Promise<JobRun> {
    const loggedBefore = this.carrier.logged.length;
    this.#arm();
    let job = await this.#job();
    while (!isTerminal(job.status) && job.status !== 'paused') {
      const moved = await this.#pass(job);
      if (this.carrier.worker.seam.isDead) await this.#goOn();
      else if (!(await this.#hasCarried(moved))) break;
      job = await this.#job();
    }
    this.#disarm(job);
    const { logged } = this.carrier;
    return {
      job,
      slices: this.#slices,
      files: await this.#files(job),
      logged: logged.slice(loggedBefore),
      statements: this.#statements,
      deaths: this.#deaths,
    };
  }

  /** A parent whose children have ended goes on when somebody looks at it; workers do so by the clock. */
  async #pass({ children }: Job): Promise<number> {
    const { worker } = this.carrier;
    const moved = await worker.pass();
    return moved > 0 || children === undefined || worker.seam.isDead ? moved : worker.wakeParents();
  }

  /** Sees what the pass did. `false`: the job is not due, and the clock is not to be moved. */
  async #hasCarried(moved: number): Promise<boolean> {
    const job = await this.#job();
    for (const outcome of this.carrier.worker.watch.take()) this.#slices.push({ outcome, ...this.#sliceOf(job) });
    this.#recorded = this.#slices.filter(({ outcome }) => outcome === 'recorded').length;
    if (++this.#passes > (this.options.mostSlices ?? MOST_SLICES)) throw await this.#endless(job);
    if (moved > 0 || isTerminal(job.status)) return true;
    if (this.options.moveClock === false) return false;
    return this.#moveClock(job);
  }

  /** To when the next of all jobs may go on: this one may wait for another. */
  async #moveClock(job: Job): Promise<true> {
    const jobs = [job, ...(await this.carrier.unfinished())];
    const times = await Promise.all(jobs.map((each) => this.#goesOnAt(each)));
    const [next] = times.filter((time) => time !== undefined).sort();
    if (next === undefined) {
      const { text } = await this.carrier.explain(job);
      throw new Error(
        `Job ${job.number} (${job.type}) is ${job.status}, and nothing moves it: no job of this test is due, now or later. ${text}`,
      );
    }
    this.carrier.clock.advanceTo(next);
    return true;
  }

  /** When it is due; of one that is due and held back, until when. `undefined`: not by the clock. */
  async #goesOnAt(job: Job): Promise<string | undefined> {
    if (this.#isToCome(job.dueAt)) return job.dueAt;
    const { until } = job.dueAt === undefined ? {} : await this.carrier.explain(job);
    return this.#isToCome(until) ? until : undefined;
  }

  /** A job that goes on at once stands in line at a time that has passed, by the head start of its priority. */
  #sliceOf(job: Job): Omit<SeenSlice, 'outcome'> {
    const { offset, progress, status, message, counts, data, result, error, attempt } = job;
    const dueAt = this.#isToCome(job.dueAt) ? job.dueAt : undefined;
    return { offset, progress, status, message, counts, data, result, error, dueAt, attempt };
  }

  #isToCome(time: string | undefined): boolean {
    return time !== undefined && time > this.carrier.clock.now.toISOString();
  }

  #arm(): void {
    const { watch, seam } = this.carrier.worker;
    const [kill] = this.#kills;
    watch.take();
    watch.number = Number(this.ref);
    watch.repeatWrites = this.options.repeatWrites ?? false;
    watch.dieAfter = kill && 'afterSlices' in kill ? kill.afterSlices - this.#recorded : undefined;
    seam.sent.length = 0;
    if (kill && 'atStatement' in kill) seam.dieAt(kill.atStatement - this.#statements.length, kill.side);
    else seam.dieAt(0, 'before');
  }

  /** With another worker; what is recorded stands in the row. */
  async #goOn(): Promise<void> {
    this.#statements.push(...this.carrier.worker.seam.sent);
    this.#deaths++;
    this.#kills.shift();
    await this.carrier.replaceWorker();
    this.#arm();
  }

  #disarm(job: Job): void {
    const { watch, seam } = this.carrier.worker;
    this.#statements.push(...seam.sent);
    seam.dieAt(0, 'before');
    Object.assign(watch, { number: 0, dieAfter: undefined, repeatWrites: false });
    const [kill] = this.#kills;
    if (kill === undefined) return;
    throw new NotStruckError(
      `The worker was to die ${describeKill(kill)}, but job ${job.number} (${job.type}) was ${job.status} before: it took ${this.#recorded} slices and ${this.#statements.length} statements.`,
    );
  }

  async #endless(job: Job): Promise<Error> {
    const last = this.#slices.at(-1);
    if (!last) {
      const { text } = await this.carrier.explain(job);
      return new Error(`Job ${job.number} (${job.type}) was not begun in ${this.#passes - 1} passes. ${text}`);
    }
    const how = `The last slice: ${last.outcome}, offset ${last.offset}, progress ${last.progress}.`;
    return new Error(
      `Job ${job.number} (${job.type}) has not ended after ${this.#passes - 1} slices. ${how} Does it ever call advance(n, n) or setStatus('success')? A job that needs more slices says so by mostSlices.`,
    );
  }

  async #job(): Promise<Job> {
    const job = await this.carrier.worker.app.container.get('progressManager').get(this.ref);
    if (job === undefined) throw new Error(`There is no job ${this.ref} any more.`);
    return job;
  }

  async #files(job: Job): Promise<Readonly<Record<string, string>>> {
    const files: Record<string, string> = {};
    for (const { name } of job.outputs) {
      const file = await this.carrier.worker.app.container.get('progressManager').openFile(job.number, name);
      const parts: Uint8Array[] = [];
      for await (const part of file.stream()) parts.push(part);
      files[name] = Buffer.concat(parts).toString();
    }
    return files;
  }
}

/** A worker that was to die has not. */
export class NotStruckError extends Error {}
