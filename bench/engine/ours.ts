import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, boot, jsonLogger } from 'progress-manager';
import { byCallers, type Contender, countdown, timed } from './contender.js';

/** The engine as an application uses it: boot, push, start. */
export class Ours implements Contender {
  readonly name = 'ours';
  #apps = new Map<number, App>();

  constructor(
    private readonly databaseUrl: string,
    private readonly filesDir: string,
  ) {}

  static async open(databaseUrl: string): Promise<Ours> {
    const ours = new Ours(databaseUrl, await mkdtemp(join(tmpdir(), 'progress-manager-bench-')));
    await ours.app(50);
    return ours;
  }

  /** A core that carries so many at once; booted once. */
  async app(limit: number): Promise<App> {
    const known = this.#apps.get(limit);
    if (known) return known;
    const { databaseUrl, filesDir } = this;
    const root = new URL('.', import.meta.url);
    const app = await boot({ root, databaseUrl, filesDir, limit, migrate: true, logger: jsonLogger('warn') });
    this.#apps.set(limit, app);
    return app;
  }

  async push(jobs: number, callers: number): Promise<number> {
    const progressManager = (await this.app(50)).container.get('progressManager');
    return byCallers(jobs, callers, () => progressManager.push('Job', 'noop', { n: 1 }));
  }

  /** In lists of 1,000; gives the milliseconds it takes. */
  async pushMany(jobs: number): Promise<number> {
    const progressManager = (await this.app(50)).container.get('progressManager');
    const list = Array.from({ length: 1000 }, () => ({ name: 'Job', type: 'noop', data: { n: 1 } }));
    return timed(async () => {
      for (let left = jobs; left > 0; left -= list.length) await progressManager.pushMany(list);
    });
  }

  fill(jobs: number): Promise<unknown> {
    return this.pushMany(jobs);
  }

  async execute(jobs: number, atOnce: number): Promise<number> {
    const app = await this.app(atOnce);
    const { done, ended } = countdown(jobs);
    app.container.get('jobEvents').on('ended', done);
    const took = await timed(async () => {
      await app.start();
      await ended;
    });
    await app.stop();
    app.container.get('jobEvents').off('ended', done);
    return took;
  }

  /** One job of so many slices, one after the other; gives milliseconds per slice. */
  async slices(type: 'counting' | 'writing', slices: number): Promise<number> {
    const app = await this.app(1);
    const { id } = await app.container.get('progressManager').push('Job', type, { slices });
    const took = await timed(async () => {
      await app.start();
      await app.container.get('progressManager').wait(id);
    });
    await app.stop();
    return took / slices;
  }

  async empty(): Promise<void> {
    await (await this.app(50)).container.get('knex').raw('TRUNCATE progress_manager');
  }

  async close(): Promise<void> {
    for (const app of this.#apps.values()) await app[Symbol.asyncDispose]();
    await rm(this.filesDir, { recursive: true, force: true });
  }
}
