import { describeError } from '../contracts/describe-error.js';
import type { Logger } from '../contracts/logger.js';

/** How often the tables are looked at, ms. */
const LOOK_MS = 5000;

export interface SchemaWatchParts {
  /** Names of migrations by which a newer version took away what this one works with. */
  readonly outgrownBy: () => Promise<readonly string[]>;
  readonly logger: Logger;
  /** Default: 5,000. */
  readonly lookMs?: number;
}

/** Has a worker retire when a newer version takes away what it works with, while others of that version carry on. */
export class SchemaWatch {
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;

  constructor(private readonly parts: SchemaWatchParts) {}

  /** `retire` is called once at most. */
  start(retire: () => Promise<unknown>): void {
    const look = () => {
      this.#looking ??= this.#look(retire).finally(() => {
        this.#looking = undefined;
      });
    };
    this.#timer ??= setInterval(look, this.parts.lookMs ?? LOOK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #look(retire: () => Promise<unknown>): Promise<void> {
    const migrations = await this.#outgrownBy();
    if (migrations.length === 0 || !this.#timer) return;
    this.stop();
    const { logger } = this.parts;
    logger.error(
      { migrations },
      'a newer version has taken away what this one works with: it begins no slice any more; install the newest version',
    );
    await retire().catch((error: unknown) => {
      logger.error({ error: describeError(error) }, 'the worker could not retire; stop this process');
    });
  }

  async #outgrownBy(): Promise<readonly string[]> {
    try {
      return await this.parts.outgrownBy();
    } catch (error) {
      // One that was under way when the database was closed has nothing to say.
      if (this.#timer) {
        this.parts.logger.warn({ error: describeError(error) }, 'the version of the tables could not be looked at');
      }
      return [];
    }
  }
}
