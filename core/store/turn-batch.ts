import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as turn } from 'node:timers/promises';

/** How what is asked for is done. */
export interface Doing<Item, Answer> {
  /** What can be done together: items of one kind. By default all are. */
  kindOf?(item: Item): unknown;
  /** All of them at once, which are of one kind. `undefined`: this one is to be done alone; what is thrown: all of them are. */
  together(items: readonly Item[]): Promise<readonly (Answer | undefined)[]>;
  /** One; `failure` is what `together` threw before, so that it may have been done. */
  alone(item: Item, failure: unknown): Promise<Answer>;
  /** About how many bytes it brings into a statement. */
  bytesOf(item: Item): number;
}

interface Asked<Item, Answer> {
  readonly item: Item;
  readonly kind: unknown;
  readonly bytes: number;
  readonly resolve: (answer: Answer | PromiseLike<Answer>) => void;
}

/** The most in one statement: rows. */
export const MOST_ROWS = 200;
/** And bytes, far below what servers take as a packet (16 MB, 1 MB at the least). */
const MOST_BYTES = 512 * 1024;
/** What is larger goes alone. */
const LARGE_BYTES = 64 * 1024;
/** Batches under way at once: the next is gathered meanwhile, and one that waits for a lock does not stop the others. */
const MOST_UNDER_WAY = 4;
/** So many who all wait for one batch are a crowd. A guess: of fewer, a second statement costs what it saves. */
const MANY_IN_STEP = 16;

/** When what was asked for is sent, and when it is answered. */
interface Pace {
  /** By default at the end of the turn, when all its answers have been heard. */
  readonly soon?: (send: () => void) => void;
  /**
   * Many who are all answered at once ask again at once: they and the database would wait for each other in turn.
   * Answered in two turns they become two crowds, and while one is written the other is gathered. Not for a database
   * that runs in this process: while it writes nobody asks.
   */
  readonly partsCrowds?: boolean;
}

/**
 * Gathers what is asked for in one turn of the event loop and does it together, so that many commits become one. Who
 * is alone in a turn goes alone at once; each gets its own answer, those of a crowd not all in one turn.
 */
export class TurnBatch<Item, Answer> {
  #waiting: Asked<Item, Answer>[] = [];
  #isDue = false;
  #underWay = 0;
  /** A batch belongs to none of those who asked: not to a slice, not to a request. */
  readonly #outside = AsyncLocalStorage.snapshot();

  constructor(
    private readonly doing: Doing<Item, Answer>,
    private readonly pace: Pace = {},
  ) {}

  ask(item: Item): Promise<Answer> {
    const bytes = this.doing.bytesOf(item);
    if (bytes > LARGE_BYTES) return this.doing.alone(item, undefined);
    return new Promise((resolve) => {
      this.#waiting.push({ item, kind: this.doing.kindOf?.(item), bytes, resolve });
      this.#sendSoon();
    });
  }

  #sendSoon(): void {
    if (this.#isDue || this.#underWay >= MOST_UNDER_WAY) return;
    this.#isDue = true;
    this.#outside(this.pace.soon ?? setImmediate, () => {
      this.#isDue = false;
      while (this.#waiting.length > 0 && this.#underWay < MOST_UNDER_WAY) void this.#send(this.#next());
    });
  }

  async #send(batch: readonly Asked<Item, Answer>[]): Promise<void> {
    this.#underWay++;
    let answers: readonly (Answer | undefined)[] = [];
    let failure: unknown;
    try {
      if (batch.length > 1) answers = await this.doing.together(batch.map(({ item }) => item));
    } catch (error) {
      failure = error;
    }
    const second = this.#isCrowd(batch) ? batch.length >> 1 : undefined;
    for (const [index, { item, resolve }] of batch.entries()) {
      if (index === second) await untilUnderWay();
      resolve(answers[index] ?? this.doing.alone(item, failure));
    }
    this.#underWay--;
    if (this.#waiting.length > 0) this.#sendSoon();
  }

  /** Is it to be answered in two parts, the second when those of the first that asked again are under way? */
  #isCrowd(batch: readonly unknown[]): boolean {
    return this.pace.partsCrowds === true && batch.length >= MANY_IN_STEP && this.#isAllThatWasAsked;
  }

  /** Nobody waits, and one batch is under way. */
  get #isAllThatWasAsked(): boolean {
    return this.#underWay === 1 && this.#waiting.length === 0;
  }

  /** Those that have waited longest, of one kind, as many as go together. */
  #next(): Asked<Item, Answer>[] {
    const next: Asked<Item, Answer>[] = [];
    const later: Asked<Item, Answer>[] = [];
    let bytes = 0;
    let looked = 0;
    for (const asked of this.#waiting) {
      if (next.length === MOST_ROWS || bytes + asked.bytes > MOST_BYTES) break;
      looked++;
      if (asked.kind !== this.#waiting[0]?.kind) {
        later.push(asked);
        continue;
      }
      bytes += asked.bytes;
      next.push(asked);
    }
    this.#waiting.splice(0, looked, ...later);
    return next;
  }
}

/** What is asked for in this turn is sent at its end; after one turn only, what is asked then would go with it. */
async function untilUnderWay(): Promise<void> {
  await turn();
  await turn();
}
