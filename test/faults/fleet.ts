import type { BootOptions } from 'progress-manager';
import { WorkerProcess } from '../support/worker-process.js';
import type { BuiltTree } from './built-tree.js';
import type { Scene } from './scene.js';

export interface FleetOptions {
  readonly count: number;
  readonly tree: BuiltTree;
  /** A folder in `test/fixtures`, or none for the bundled modules. */
  readonly fixture?: string;
  /** Beside those that `test/fixtures/worker.ts` works with. */
  readonly options?: Partial<BootOptions>;
  /** Default: that of the scene. */
  readonly databaseUrl?: string;
  /** Begin another worker for one that died by itself. */
  readonly replaceDead?: boolean;
}

/** Workers in processes of their own; one that is killed is replaced. */
export class Fleet implements AsyncDisposable {
  readonly #places: (WorkerProcess | undefined)[] = [];
  readonly #starting = new Set<Promise<void>>();
  #isClosed = false;
  /** How many workers died by themselves. */
  deaths = 0;

  private constructor(
    private readonly scene: Scene,
    private readonly crew: FleetOptions,
  ) {}

  static async start(scene: Scene, crew: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(scene, crew);
    await Promise.all(Array.from({ length: crew.count }, (_, index) => fleet.replace(index)));
    return fleet;
  }

  /** The workers that live, with their places. */
  get workers(): readonly (readonly [index: number, pid: number])[] {
    return this.#places.flatMap((worker, index) => (worker ? [[index, worker.pid] as const] : []));
  }

  /** Kills the worker at this place. */
  async kill(index: number): Promise<void> {
    const worker = this.#places[index];
    this.#places[index] = undefined;
    await worker?.kill();
  }

  /** Begins another worker at this place; nobody needs to wait until it works. */
  replace(index: number): Promise<void> {
    const started = this.#start(index).finally(() => this.#starting.delete(started));
    this.#starting.add(started);
    return started;
  }

  /** A worker that has nothing to do, on a database of its own, and is ended when it could begin. */
  async startOneMore(): Promise<void> {
    const { tree, fixture } = this.crew;
    const files = `${this.scene.folder}/files`;
    await using _worker = await WorkerProcess.start(tree.root(fixture), 'sqlite::memory:', files, {}, tree.worker);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#starting);
    await Promise.all(this.#places.map((worker) => worker?.[Symbol.asyncDispose]()));
  }

  async #start(index: number): Promise<void> {
    const { folder, ledger } = this.scene;
    const { tree, fixture, options = {}, databaseUrl = this.scene.databaseUrl } = this.crew;
    const env = { LEDGER: ledger, WORKER_OPTIONS: JSON.stringify(options) };
    const worker = await WorkerProcess.start(tree.root(fixture), databaseUrl, `${folder}/files`, env, tree.worker);
    if (this.#isClosed) await worker[Symbol.asyncDispose]();
    else this.#places[index] = worker;
    if (this.crew.replaceDead) worker.onEnd(() => this.#died(index, worker));
  }

  #died(index: number, worker: WorkerProcess): void {
    if (this.#isClosed || this.#places[index] !== worker) return;
    this.deaths++;
    this.#places[index] = undefined;
    void this.replace(index);
  }
}
