import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { Knex } from 'knex';
import type { App } from '../app.js';
import type { BootOptions } from '../boot-options.js';
import type { OwnServices } from '../container/services.js';
import { ConfigurationError } from '../contracts/errors.js';
import type { Job } from '../contracts/job.js';
import type { JobRef } from '../contracts/job-store.js';
import type { JobData, JobType } from '../contracts/progress-job.js';
import type { User } from '../contracts/user.js';
import type { Explanation } from '../explain/explaining.js';
import type { ProgressManager, PushOptions } from '../progress-manager.js';
import { type Sweep, type SweepOptions, sweep } from './every-kill.js';
import { CarriedJob, type CarryOptions, type JobRun } from './job-run.js';
import { TestClock } from './test-clock.js';
import { keptLog, type LoggedLine, testOptions } from './test-options.js';
import { KeptConnection } from './test-seam.js';
import { TestWorker } from './test-worker.js';

/** Options of `boot`, none of them needed but `root` or `modules`. */
export interface TestBootOptions
  extends Omit<Partial<BootOptions>, 'databaseUrl' | 'boundNow' | 'seam' | 'watchdog' | 'services'> {
  /**
   * Values for the container, by key. Unlike `boot`'s they may stand for a module's service, with as much of it as the
   * test needs; core's own keys are refused. All runs of a sweep have the same ones.
   */
  readonly services?: { readonly [K in keyof OwnServices]?: Partial<OwnServices[K]> };
  /** An empty database in memory by default; a function gives an empty one to each run of a sweep. */
  readonly databaseUrl?: string | (() => string | Promise<string>);
  /** When the clock begins; by default now. */
  readonly startAt?: Date | string;
}

/** How a job is pushed in a test: the options of `push`, and what a test has at hand. */
export interface TestPushOptions extends PushOptions {
  /** What people read; by default its type. */
  readonly name?: string;
  /** Who pushes it; by default the application. */
  readonly user?: User;
  /** Files that are uploaded for it, by their names. */
  readonly uploads?: Readonly<Record<string, string | Uint8Array>>;
}

/** A job as it is named to `carry`: its id or number, or an object with one, as `push`, `runAgain` and `retryFailed` give it. */
export type PushedJob = JobRef | { readonly number: number } | { readonly id: string };

export interface RunOptions extends TestPushOptions, CarryOptions {}

/** Looks at a run of a sweep and the core it ran on, which is removed after it. What it returns is compared. */
export type Expect = (run: JobRun, test: TestApp) => unknown;

export interface EveryKillOptions extends SweepOptions, TestPushOptions {
  /** Makes what the job needs (rows, files), on the empty database of each run. */
  readonly prepare?: (test: TestApp) => unknown;
}

/** Of tests, and so of no secret that is one; the same in each, for those that go on with another's database. */
const TEST_KEY = `test:${Buffer.alloc(32, 'test').toString('base64')}`;

/** The beat goes by real time: its statements would come at another place each time. */
const AT_REST = { beatMs: 3_600_000 };

/**
 * A core for tests: an empty database in memory, no HTTP, nothing printed, a clock that stands still. Nothing runs by
 * itself. `await using` removes it; where that is missing, `close()`.
 */
export class TestApp implements AsyncDisposable {
  /** What the engine has logged. */
  readonly logged: LoggedLine[] = [];
  readonly clock: TestClock;
  #worker: TestWorker | undefined;
  readonly #kept = new KeptConnection();

  private constructor(
    private readonly options: TestBootOptions,
    private readonly booting: BootOptions,
  ) {
    this.clock = new TestClock(options.startAt);
  }

  /** As `bootForTests`. */
  static async boot(options: TestBootOptions): Promise<TestApp> {
    if (options.root === undefined && options.modules === undefined) {
      throw new ConfigurationError([
        'bootForTests: give "root", the folder that holds "modules", or "modules", configs by the names of their modules.',
      ]);
    }
    const filesDir = await mkdtemp(join(tmpdir(), 'pm-test-files-'));
    const { databaseUrl, startAt: _startAt, ...same } = options;
    const url = typeof databaseUrl === 'function' ? await databaseUrl() : databaseUrl;
    const booting = {
      root: filesDir,
      ...testOptions(filesDir),
      ...AT_REST,
      secretKeys: [TEST_KEY],
      ...(same as Omit<typeof same, 'services'> & Pick<BootOptions, 'services'>),
      ...(url !== undefined && { databaseUrl: url }),
    };
    const test = new TestApp(options, booting);
    try {
      const { app } = await test.replaceWorker();
      // A schedule begins when a worker has seen it: what comes due once the test has moved the clock is its run.
      await app.seeSchedules();
    } catch (error) {
      await test.close();
      throw error;
    }
    return test;
  }

  /** The core of the worker that lives: after a death it is another. */
  get app(): App {
    return this.worker.app;
  }

  get progressManager(): ProgressManager {
    return this.app.container.get('progressManager');
  }

  /** The database, to arrange rows and to look at them. */
  get knex(): Knex {
    return this.app.container.get('knex');
  }

  get filesDir(): string {
    return this.booting.filesDir ?? '';
  }

  /** Pushes a job and carries it, slice by slice, to its end. */
  async runJob<T extends JobType>(type: T, data?: JobData<T>, options: RunOptions = {}): Promise<JobRun> {
    const { kill, repeatWrites, mostSlices, moveClock, ...pushing } = options;
    const { number } = await this.push(type, data, pushing);
    return this.carry(number, { ...{ kill, repeatWrites, mostSlices, moveClock } } as CarryOptions);
  }

  /** Pushes a job, which nobody carries yet. */
  async push<T extends JobType>(type: T, data?: JobData<T>, options: TestPushOptions = {}): Promise<Job> {
    const { name = type, user, uploads = {}, files = [], ...pushing } = options;
    const as = user ? { user } : {};
    const uploaded: string[] = [];
    for (const [fileName, content] of Object.entries(uploads)) {
      uploaded.push((await this.progressManager.upload(fileName, streamOf(content), as)).id);
    }
    const given = { ...pushing, files: [...files, ...uploaded] };
    const { number } = await this.progressManager.push(name, type, data, given, as);
    return (await this.progressManager.get(number)) as Job;
  }

  /** Carries a job that was pushed, slice by slice, until it has ended or is paused. Throws when it is not there. */
  async carry(pushed: PushedJob, options: CarryOptions = {}): Promise<JobRun> {
    const ref = refOf(pushed);
    const job = await this.progressManager.get(ref);
    if (job === undefined) throw new Error(`There is no job ${inspect(ref)} to carry.`);
    return new CarriedJob(this, job.number, options).toItsEnd();
  }

  /**
   * Pushes what the modules' schedules have due by the clock, as a worker would. Nobody carries these jobs yet. A new
   * schedule counts from the boot of the test on.
   */
  async pushScheduled(): Promise<readonly Job[]> {
    const ids = await this.app.pushScheduled();
    const jobs = await Promise.all(ids.map((id) => this.progressManager.get(id)));
    return jobs.filter((job) => job !== undefined).sort((one, other) => one.number - other.number);
  }

  /**
   * Kills the job's worker right before and right after every statement, one at a time, each time from the job's
   * beginning on an empty database. Throws, with the statement, when what comes out – status, progress, result, counts,
   * error, files, and what `expect` returns – is not what comes out undisturbed, or when `expect` throws.
   */
  async survivesEveryKill<T extends JobType>(
    type: T,
    data: JobData<T>,
    expect: Expect,
    options: EveryKillOptions = {},
  ): Promise<Sweep> {
    const { prepare, repeatWrites, every, ...pushing } = options;
    this.#refuseOneDatabase();
    const attempt = async (carrying: CarryOptions) => {
      await using test = await TestApp.boot({ ...this.options, ...AT_REST });
      await prepare?.(test);
      const run = await test.runJob(type, data, { ...pushing, ...carrying });
      return { run, answer: await expect(run, test) };
    };
    return sweep(attempt, {
      ...(repeatWrites !== undefined && { repeatWrites }),
      ...(every !== undefined && { every }),
    });
  }

  /** Ends it; its database in memory and its files are gone. */
  async close(): Promise<void> {
    try {
      await this.#worker?.app[Symbol.asyncDispose]();
    } finally {
      this.#kept[Symbol.dispose]();
      await rm(this.filesDir, { recursive: true, force: true });
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal */
  get worker(): TestWorker {
    if (!this.#worker) throw new Error('The core of this test is closed.');
    return this.#worker;
  }

  /** @internal */
  async replaceWorker(): Promise<TestWorker> {
    const log = keptLog(this.logged);
    const { logger = log } = this.options;
    this.#worker = await TestWorker.boot({ ...this.booting, logger, boundNow: this.clock.bound }, this.#kept);
    return this.#worker;
  }

  /** @internal */
  async unfinished(): Promise<readonly Job[]> {
    const find = (isHidden: boolean) =>
      this.progressManager.find({ status: ['new', 'in_progress'], isHidden, limit: 200 });
    const pages = await Promise.all([find(false), find(true)]);
    return pages.flatMap(({ list }) => list);
  }

  /** @internal */
  explain({ number }: Job): Promise<Explanation> {
    return this.progressManager.explain(number);
  }

  #refuseOneDatabase(): void {
    const { databaseUrl } = this.options;
    if (typeof databaseUrl !== 'string' || databaseUrl === 'sqlite::memory:') return;
    throw new ConfigurationError([
      'survivesEveryKill: each run needs an empty database. Leave databaseUrl out, or give a function that makes one.',
    ]);
  }
}

function refOf(pushed: PushedJob): JobRef {
  if (typeof pushed !== 'object' || pushed === null) return pushed;
  return 'number' in pushed ? pushed.number : pushed.id;
}

async function* streamOf(content: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield Buffer.from(content);
}
