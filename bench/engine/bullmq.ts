import { Queue, Worker } from 'bullmq';
import { byCallers, type Contender, countdown } from './contender.js';

const NAME = 'bench';

/** BullMQ on Redis, as its manual shows it. */
export class BullMq implements Contender {
  readonly name = 'BullMQ';
  readonly #queue: Queue;

  constructor(private readonly port: number) {
    this.#queue = new Queue(NAME, { connection: this.#connection });
  }

  push(jobs: number, callers: number): Promise<number> {
    return byCallers(jobs, callers, () => this.#queue.add('noop', { n: 1 }));
  }

  async fill(jobs: number): Promise<void> {
    for (let left = jobs; left > 0; left -= 1000) {
      const size = Math.min(left, 1000);
      await this.#queue.addBulk(Array.from({ length: size }, () => ({ name: 'noop', data: { n: 1 } })));
    }
  }

  async execute(jobs: number, atOnce: number): Promise<number> {
    const { done, ended } = countdown(jobs);
    const worker = new Worker(NAME, async () => undefined, {
      connection: this.#connection,
      concurrency: atOnce,
      autorun: false,
    });
    worker.on('completed', done);
    await worker.waitUntilReady();
    const since = performance.now();
    void worker.run();
    await ended;
    const took = performance.now() - since;
    await worker.close();
    return took;
  }

  empty(): Promise<void> {
    return this.#queue.obliterate({ force: true });
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  get #connection() {
    return { host: '127.0.0.1', port: this.port, maxRetriesPerRequest: null };
  }
}
