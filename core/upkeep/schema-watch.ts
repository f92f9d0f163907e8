import { describeError } from '../contracts/describe-error.js';
import type { Logger } from '../contracts/logger.js';

/** How often the tables are looked at, ms. */
const LOOK_MS = 5000;

export interface SchemaWatchParts {
  /** Names of migrations by which a newer version took away what this one works with. */
  readonly outgrownBy: () => Promise<readonly string[]>;
  readonly logger: Logger;
}

/** Has a worker retire when a newer version takes away what it works with, while others of that version carry on. */
export class SchemaWatch {
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: SchemaWatchParts) {}

  /** `retire` is called once at most. */
  start(retire: () => Promise<unknown>): void {
    this.#timer ??= setInterval(() => void this.#look(retire), LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(retire: () => Promise<unknown>): Promise<void> {
    const { outgrownBy, logger } = this.parts;
    try {
      const migrations = await outgrownBy();
      if (migrations.length === 0 || !this.#timer) return;
      this.stop();
      logger.error(
        { migrations },
        'a newer version has taken away what this one works with: it begins no slice any more; install that version',
      );
      await retire();
    } catch (error) {
      logger.warn({ error: describeError(error) }, 'the version of the tables could not be looked at');
    }
  }
}
