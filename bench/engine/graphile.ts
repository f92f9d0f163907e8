import { Logger, makeWorkerUtils, run, type WorkerUtils } from 'graphile-worker';
import { byCallers, type Contender, countdown } from './contender.js';

const QUIET = new Logger(() => () => undefined);

/** graphile-worker on PostgreSQL, as its manual shows it. */
export class Graphile implements Contender {
  readonly name = 'graphile-worker';
  readonly #url: string;
  #utils: WorkerUtils | undefined;

  constructor(port: number) {
    this.#url = `postgres://bench@127.0.0.1:${port}/postgres`;
  }

  async open(): Promise<this> {
    this.#utils = await makeWorkerUtils({ connectionString: this.#url, logger: QUIET, maxPoolSize: 50 });
    await this.#utils.migrate();
    return this;
  }

  push(jobs: number, callers: number): Promise<number> {
    return byCallers(jobs, callers, () => this.#opened.addJob('noop', { n: 1 }));
  }

  async fill(jobs: number): Promise<void> {
    await this.#query(
      `SELECT graphile_worker.add_job('noop', '{"n": 1}'::json) FROM generate_series(1, ${jobs}); ANALYZE`,
    );
  }

  async execute(jobs: number, atOnce: number): Promise<number> {
    const { done, ended } = countdown(jobs);
    const since = performance.now();
    const runner = await run({
      connectionString: this.#url,
      concurrency: atOnce,
      maxPoolSize: atOnce + 5,
      noHandleSignals: true,
      logger: QUIET,
      taskList: { noop: async () => undefined },
      events: Object.assign(new (await import('node:events')).EventEmitter(), {}).on('job:complete', done),
    });
    await ended;
    const took = performance.now() - since;
    await runner.stop();
    return took;
  }

  empty(): Promise<void> {
    return this.#query('TRUNCATE graphile_worker._private_jobs');
  }

  async close(): Promise<void> {
    await this.#opened.release();
  }

  get #opened(): WorkerUtils {
    if (!this.#utils) throw new Error('It is not open.');
    return this.#utils;
  }

  async #query(sql: string): Promise<void> {
    await this.#opened.withPgClient((client) => client.query(sql));
  }
}
