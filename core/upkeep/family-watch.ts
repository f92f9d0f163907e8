import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../contracts/describe-error.js';
import type { JobEvents } from '../contracts/job-events.js';
import type { Logger } from '../contracts/logger.js';
import type { FamilyLooks, Looked } from '../store/family-looks.js';

/** How often a waiting parent is looked at, by whichever worker comes first, ms. */
const EVERY_MS = 1000;
/** Children that end at about the same time are looked at together, ms. */
const TOGETHER_MS = 50;
/** Looks take at most a fifth of the time, however many parents wait. */
const REST_TIMES = 4;
/** A stop waits so long for a look that is under way, ms. */
const STOP_MS = 200;
/** One round goes no further than this, ms: the next begins with those that are asked for. */
const LONGEST_MS = 500;

export interface FamilyWatchParts {
  readonly looks: FamilyLooks;
  readonly events: JobEvents;
  readonly logger: Logger;
}

/** Watches over parents that wait for their children: once a second, and as soon as a child has ended in this process. */
export class FamilyWatch {
  /** Whose child has ended here. */
  readonly #asked = new Set<number>();
  /** The next look, on the process's monotonic clock, ms. */
  #next: { readonly at: number; readonly timer: NodeJS.Timeout } | undefined;
  #looking: Promise<void> | undefined;
  #restUntil = 0;
  #isOn = false;

  constructor(private readonly parts: FamilyWatchParts) {
    parts.events.on('ended', (_id, _isQuiet, parent) => {
      if (parent === undefined) return;
      this.#asked.add(parent);
      this.#lookIn(TOGETHER_MS);
    });
  }

  start(): void {
    this.#isOn = true;
    this.#lookIn(0);
  }

  /** A look that is under way comes to its end, or to nothing: a database that falls silent does not hold up the stop. */
  async stop(): Promise<void> {
    this.#isOn = false;
    clearTimeout(this.#next?.timer);
    this.#next = undefined;
    const timeout = new AbortController();
    const late = sleep(STOP_MS, undefined, { signal: timeout.signal }).catch(() => undefined);
    await Promise.race([this.#looking, late]);
    timeout.abort();
  }

  /** Looks at these parents now, or at all that wait. Gives how many go on. Throws what the database throws. */
  async wake(parents?: readonly number[]): Promise<number> {
    const { looks } = this.parts;
    return this.#told(await looks.lookAt(parents ?? (await looks.waiting())));
  }

  /** One round over those whose turn it is, and those that were asked for. Throws what the database throws. */
  async look(): Promise<void> {
    const { looks } = this.parts;
    const end = performance.now() + LONGEST_MS;
    const asked = [...this.#asked];
    this.#asked.clear();
    this.#told(await looks.lookAt(asked));
    for (let more = true; more && performance.now() < end; ) {
      const looked = await looks.lookAtDue(EVERY_MS);
      this.#told(looked);
      more = looked.more;
    }
  }

  /** At the latest then. */
  #lookIn(ms: number): void {
    if (!this.#isOn || this.#looking) return;
    const at = Math.max(performance.now() + ms, this.#restUntil);
    if (this.#next && this.#next.at <= at) return;
    clearTimeout(this.#next?.timer);
    const timer = setTimeout(() => {
      this.#next = undefined;
      this.#looking = this.#lookSafely();
    }, at - performance.now()).unref();
    this.#next = { at, timer };
  }

  async #lookSafely(): Promise<void> {
    const begun = performance.now();
    try {
      await this.look();
    } catch (error) {
      // Stopped meanwhile, its database may be closed under it.
      if (this.#isOn) this.#say(error);
    }
    const now = performance.now();
    this.#restUntil = now + REST_TIMES * (now - begun);
    this.#looking = undefined;
    this.#lookIn(this.#asked.size > 0 ? TOGETHER_MS : EVERY_MS);
  }

  #told({ woken, errors }: Looked): number {
    for (const error of errors) this.#say(error);
    for (const job of woken) this.parts.events.emit('due', job);
    return woken.length;
  }

  #say(error: unknown): void {
    this.parts.logger.warn(
      { error: describeError(error) },
      'a job that waits for others could not be looked at; it is tried again',
    );
  }
}
