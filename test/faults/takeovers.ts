import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from 'progress-manager';

/** A job was seen with another worker. */
export interface Takeover {
  readonly at: number;
  readonly job: number;
  readonly pid: number;
}

/** How far apart the looks are, ms: no takeover is seen later than that. */
const LOOK_MS = 25;

/** Watches whose jobs are, by looking at the table as anybody could. */
export class Takeovers implements AsyncDisposable {
  readonly seen: Takeover[] = [];
  readonly #holders = new Map<number, number>();
  readonly #watched: Promise<void>;
  #isOver = false;

  constructor(private readonly app: App) {
    this.#watched = this.#watch();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#watched;
  }

  async #watch(): Promise<void> {
    while (!this.#isOver) {
      const held = this.app.container.get('knex')('progress_manager').whereNotNull('lease_owner');
      const rows: { number: number; lease_owner: string }[] = await held.select('number', 'lease_owner');
      const at = Date.now();
      for (const { number, lease_owner } of rows) {
        const [job, pid] = [Number(number), Number(/:(\d+)\//.exec(lease_owner)?.[1])];
        if (this.#holders.get(job) === pid) continue;
        this.#holders.set(job, pid);
        this.seen.push({ at, job, pid });
      }
      await sleep(LOOK_MS);
    }
  }
}
