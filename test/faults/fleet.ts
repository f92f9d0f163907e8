import { fileURLToPath } from 'node:url';
import { WorkerProcess } from '../support/worker-process.js';

export const ROWS_ROOT = fileURLToPath(new URL('../fixtures/rows', import.meta.url));
/** What `test/fixtures/worker.ts` works with, ms. */
export const LEASE_MS = 2000;
export const INTERVAL_MS = 200;

/** Workers in processes of their own; one that is killed is replaced. */
export class Fleet implements AsyncDisposable {
  #workers: WorkerProcess[] = [];

  private constructor(
    private readonly databaseUrl: string,
    private readonly filesDir: string,
    private readonly ledger: string,
  ) {}

  static async start(count: number, databaseUrl: string, filesDir: string, ledger: string): Promise<Fleet> {
    const fleet = new Fleet(databaseUrl, filesDir, ledger);
    fleet.#workers = await Promise.all(Array.from({ length: count }, () => fleet.#start()));
    return fleet;
  }

  get workers(): readonly WorkerProcess[] {
    return this.#workers;
  }

  /** Kills the worker at this place. */
  async kill(index: number): Promise<void> {
    await this.#workers[index]?.kill();
  }

  /** Begins another worker at this place. */
  async replace(index: number): Promise<void> {
    this.#workers[index] = await this.#start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker[Symbol.asyncDispose]()));
  }

  #start(): Promise<WorkerProcess> {
    return WorkerProcess.start(ROWS_ROOT, this.databaseUrl, this.filesDir, { LEDGER: this.ledger });
  }
}
