import { setTimeout as sleep } from 'node:timers/promises';
import type { ProgressManager } from 'progress-manager';

/** Keeps so many jobs unfinished until it is ended; then carries all of them to their end. */
export class Feeding {
  #isOver = false;
  readonly #fed: Promise<void>;

  constructor(
    private readonly manager: ProgressManager,
    private readonly atOnce: number,
    private readonly push: () => Promise<unknown>,
  ) {
    this.#fed = this.#feed();
  }

  async finish(timeoutMs: number): Promise<void> {
    this.#isOver = true;
    await this.#fed;
    const left = (await this.manager.find({ status: ['new', 'in_progress'], limit: 200 })).list;
    await this.manager.wait(
      left.map(({ id }) => id),
      { timeout: timeoutMs },
    );
  }

  async #feed(): Promise<void> {
    while (!this.#isOver) {
      // The one who pushes may meet an absent server, and is told so.
      const total = await this.manager.find({ status: ['new', 'in_progress'], limit: 1 }).then(
        (page) => page.total,
        () => this.atOnce,
      );
      for (let count = total; count < this.atOnce && !this.#isOver; count++) await this.push().catch(() => undefined);
      await sleep(50);
    }
  }
}
