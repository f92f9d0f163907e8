import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import type { Registry, Throttle } from '../contracts/config.js';
import { bounded, describeError } from '../contracts/describe-error.js';
import type { Logger } from '../contracts/logger.js';
import type { ThrottleNotes } from '../store/throttle-notes.js';
import type { Soon } from './soon.js';

/** A condition is asked so often at most, ms; at each claim on a test's clock, which may stand still. */
const ASKED_EACH_MS = 1000;
/** A condition must answer within this, ms. */
const ANSWER_MS = 1000;
/** What one that fails, or does not answer, means: it protects something, of which nothing is known now, ms. */
const HELD_IN_DOUBT_MS = 10_000;
/** The longest that one answer holds, ms. */
const LONGEST_MS = 24 * 60 * 60 * 1000;

/** What the last answer was. Times are of the process's monotonic clock, or of the test's, ms. */
interface Answer {
  readonly isHeld: boolean;
  /** The condition is asked again from then on. */
  readonly until: number;
}

export interface ThrottlesParts {
  readonly registry: Registry;
  readonly knex: Knex;
  readonly notes: ThrottleNotes;
  readonly logger: Logger;
  /** The clock of a test, ms; by default the process's monotonic one. */
  readonly testNow?: (() => number) | undefined;
}

/** Asks the conditions of types (`throttle`) whether their jobs may go on now. */
export class Throttles {
  readonly #conditions: ReadonlyMap<string, Throttle>;
  readonly #answers = new Map<string, Answer>();
  readonly #now: () => number;
  readonly #askedEachMs: number;

  constructor(private readonly parts: ThrottlesParts) {
    this.#conditions = new Map(
      [...parts.registry.types.values()].flatMap(({ key, config }) =>
        config.throttle ? [[key, config.throttle]] : [],
      ),
    );
    this.#now = parts.testNow ?? (() => performance.now());
    this.#askedEachMs = parts.testNow ? 0 : ASKED_EACH_MS;
  }

  /** Those of these types that are not held back. */
  async open(types: readonly string[]): Promise<readonly string[]> {
    if (this.#conditions.size === 0) return types;
    const held = await Promise.all(types.map((type) => this.holds(type)));
    return types.filter((_, index) => !held[index]);
  }

  /** Is this type held back now? */
  holds(type: string): Soon<boolean> {
    const throttle = this.#conditions.get(type);
    if (!throttle) return false;
    const now = this.#now();
    const last = this.#answers.get(type);
    if (!last || now >= last.until) return this.#ask(type, throttle);
    return last.isHeld;
  }

  async #ask(type: string, throttle: Throttle): Promise<boolean> {
    const askedAt = this.#now();
    const wasHeld = this.#answers.get(type)?.isHeld !== false;
    const { ms, why } = await this.#answerOf(type, throttle);
    this.#answers.set(type, { isHeld: ms > 0, until: askedAt + (ms || this.#askedEachMs) });
    if (ms > 0 || wasHeld) await this.#note(type, ms, why);
    return ms > 0;
  }

  async #answerOf(type: string, throttle: Throttle): Promise<{ readonly ms: number; readonly why?: string }> {
    const late = new AbortController();
    try {
      const answer = await Promise.race([
        this.parts.notes.now().then((now) => throttle({ knex: this.parts.knex, now })),
        sleep(ANSWER_MS, 'late' as const, { signal: late.signal }),
      ]);
      if (answer === 'late') throw new Error(`it has not answered within ${ANSWER_MS} ms`);
      return { ms: checkedMs(answer) };
    } catch (error) {
      const why = bounded(`its condition cannot be asked: ${describeError(error)}`);
      this.parts.logger.warn({ type, error: describeError(error) }, 'the throttle of a type failed; its jobs wait');
      return { ms: HELD_IN_DOUBT_MS, why };
    } finally {
      late.abort();
    }
  }

  /** For people; the jobs wait whether or not it can be written. */
  async #note(type: string, ms: number, why: string | undefined): Promise<void> {
    try {
      await this.parts.notes.write(type, ms, why);
    } catch (error) {
      this.parts.logger.warn({ type, error: describeError(error) }, 'a throttle could not be noted');
    }
  }
}

/** Whole ones, as its note has them. */
function checkedMs(answer: unknown): number {
  if (answer === undefined || answer === false || answer === null) return 0;
  if (typeof answer === 'number' && answer >= 0) return Math.min(Math.ceil(answer), LONGEST_MS);
  throw new TypeError(`throttle must give milliseconds to wait, or nothing; it gave ${String(answer).slice(0, 40)}`);
}
