import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../contracts/describe-error.js';
import type { Logger } from '../contracts/logger.js';
import type { Workers } from '../store/workers.js';
import type { LeftSlices } from './left-slices.js';

/** How often a worker says that it is there, ms. */
const SIGN_MS = 5000;
/** How often it has others forgotten, ms: not at once, when it has yet to take over what the dead among them left. */
const FORGET_MS = 10 * 60 * 1000;
/** A database that is away does not hold up the stop for longer, ms. */
const LAST_WORD_MS = 200;

export interface PresenceParts {
  readonly workers: Workers;
  readonly logger: Logger;
  /** `host:pid/boot`. */
  readonly worker: string;
  readonly types: readonly string[];
  readonly limit: number;
  readonly left: LeftSlices;
}

/** Says every few seconds that this worker is there, and which types it has. */
export class Presence {
  #timer: NodeJS.Timeout | undefined;
  #forgetting: NodeJS.Timeout | undefined;
  #saying: Promise<void> = Promise.resolve();

  constructor(private readonly parts: PresenceParts) {}

  start(): void {
    if (this.#timer) return;
    const { workers, worker, types, limit, left } = this.parts;
    const sign = () => workers.sign(worker, types, limit, left.size);
    this.#say(sign);
    this.#forgetting = setInterval(() => this.#say(() => workers.forget()), FORGET_MS).unref();
    this.#timer = setInterval(() => this.#say(sign), SIGN_MS).unref();
  }

  async stop(): Promise<void> {
    if (!this.#timer) return;
    clearInterval(this.#timer);
    clearInterval(this.#forgetting);
    this.#timer = undefined;
    this.#say(() => this.parts.workers.leave(this.parts.worker));
    await Promise.race([this.#saying, sleep(LAST_WORD_MS, undefined, { ref: false })]);
  }

  /** As the death of the process would leave it. */
  abandon(): void {
    clearInterval(this.#timer);
    clearInterval(this.#forgetting);
    this.#timer = undefined;
  }

  #say(what: () => Promise<void>): void {
    this.#saying = this.#saying.then(what).catch((error: unknown) => {
      this.parts.logger.warn({ error: describeError(error) }, 'the list of workers could not be brought up to date');
    });
  }
}
