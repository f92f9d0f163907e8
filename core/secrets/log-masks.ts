import type { Logger } from '../contracts/logger.js';
import type { Mask } from './mask.js';

/** The values of a job that has left may still be in what its timers throw, ms. */
const LATE_MS = 60_000;

/** Keeps the secrets of the jobs that run in this process out of its log, whoever writes the line. */
export class LogMasks {
  readonly #masks = new Set<Mask>();

  /** Gives what ends it: a minute later, for what the job has left behind. */
  add(mask: Mask): () => void {
    this.#masks.add(mask);
    return () => void setTimeout(() => this.#masks.delete(mask), LATE_MS).unref();
  }

  /** The same logger, with the secrets of running jobs taken out. */
  over(logger: Logger): Logger {
    const at = (level: keyof Logger) => (fields: object, message: string) => {
      if (this.#masks.size === 0) return logger[level](fields, message);
      logger[level](this.#hideInFields(fields), this.#hide(message));
    };
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  }

  #hide(text: string): string {
    return [...this.#masks].reduce((masked, mask) => mask.hide(masked), text);
  }

  #hideInFields(fields: object): object {
    return [...this.#masks].reduce((masked, mask) => mask.hideInFields(masked), fields);
  }
}
