import { describeError } from '../contracts/describe-error.js';
import type { JobEvents } from '../contracts/job-events.js';
import type { Logger } from '../contracts/logger.js';
import type { FamilyLooks } from '../store/family-looks.js';

/** How often a waiting parent is looked at, by whichever worker comes first, ms. */
const EVERY_MS = 1000;
/** Children that end at about the same time are looked at together, ms. */
const TOGETHER_MS = 50;
/** Looks take at most a fifth of the time, however many parents wait. */
const REST_TIMES = 4;

export interface FamilyWatchParts {
  readonly looks: FamilyLooks;
  readonly events: JobEvents;
  readonly logger: Logger;
}

/** Watches over parents that wait for their children: once a second, and as soon as a child has ended in this process. */
export class FamilyWatch {
  readonly #asked = new Set<number>();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #restUntil = 0;
  #isOn = false;
  #isStopped = false;

  constructor(private readonly parts: FamilyWatchParts) {
    parts.events.on('ended', (_id, _isQuiet, parent) => {
      if (parent === undefined) return;
      this.#asked.add(parent);
      this.#lookIn(TOGETHER_MS);
    });
  }

  start(): void {
    this.#isOn = true;
    this.#isStopped = false;
    this.#lookIn(0);
  }

  /** A look that is under way comes to its end. */
  async stop(): Promise<void> {
    this.#isOn = false;
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#looking;
  }

  /** Looks at every parent that waits, whenever it was looked at last. Gives how many go on. */
  async lookAtAll(): Promise<number> {
    return this.#told(await this.parts.looks.look(EVERY_MS, 'all'));
  }

  /** Looks at those whose turn it is. Throws what the database throws. */
  async look(): Promise<void> {
    const { looks } = this.parts;
    const asked = [...this.#asked];
    this.#asked.clear();
    if (asked.length > 0) this.#told(await looks.look(EVERY_MS, asked));
    for (let more = true; more; ) {
      const look = await looks.look(EVERY_MS);
      this.#told(look);
      more = look.more && !this.#isStopped;
    }
  }

  /** Once, and then every second; sooner when it is asked for. */
  #lookIn(ms: number): void {
    if (!this.#isOn || this.#looking) return;
    clearTimeout(this.#timer);
    const rest = Math.max(0, this.#restUntil - performance.now());
    this.#timer = setTimeout(
      () => {
        this.#looking = this.#lookSafely();
      },
      Math.max(ms, rest),
    ).unref();
  }

  async #lookSafely(): Promise<void> {
    const begun = performance.now();
    try {
      await this.look();
    } catch (error) {
      this.parts.logger.warn(
        { error: describeError(error) },
        'jobs that wait for others could not be looked at; it is tried again',
      );
    }
    const now = performance.now();
    this.#restUntil = now + REST_TIMES * (now - begun);
    this.#looking = undefined;
    this.#lookIn(this.#asked.size > 0 ? TOGETHER_MS : EVERY_MS);
  }

  #told({ woken }: Awaited<ReturnType<FamilyLooks['look']>>): number {
    for (const job of woken) this.parts.events.emit('due', job);
    return woken.length;
  }
}
