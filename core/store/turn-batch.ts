import { AsyncLocalStorage } from 'node:async_hooks';

/** How what is asked for is done. */
export interface Doing<Item, Answer> {
  /** What can be done together: items of one kind. By default all are. */
  kindOf?(item: Item): unknown;
  /** All of them at once, which are of one kind. `undefined`: this one is to be done alone; what is thrown: all of them are. */
  together(items: readonly Item[]): Promise<readonly (Answer | PromiseLike<Answer> | undefined)[]>;
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

/** The most in one statement: rows, and bytes, far below what servers take as a packet (16 MB, 1 MB at the least). */
const MOST_ROWS = 200;
const MOST_BYTES = 512 * 1024;
/** What is larger goes alone. */
const LARGE_BYTES = 64 * 1024;
/** Batches under way at once: the next is gathered meanwhile, and one that waits for a lock does not stop the others. */
const MOST_UNDER_WAY = 4;

/**
 * Gathers what is asked for in one turn of the event loop and does it together, so that many commits become one. Who
 * is alone in a turn goes alone at once; each gets its own answer.
 */
export class TurnBatch<Item, Answer> {
  #waiting: Asked<Item, Answer>[] = [];
  #isDue = false;
  #underWay = 0;
  /** A batch belongs to none of those who asked: not to a slice, not to a request. */
  readonly #outside = AsyncLocalStorage.snapshot();

  /** `soon`: when what was asked for is sent; by default at the end of the turn, when all its answers have been heard. */
  constructor(
    private readonly doing: Doing<Item, Answer>,
    private readonly soon: (send: () => void) => void = setImmediate,
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
    this.#outside(this.soon, () => {
      this.#isDue = false;
      while (this.#waiting.length > 0 && this.#underWay < MOST_UNDER_WAY) void this.#send(this.#next());
    });
  }

  async #send(batch: readonly Asked<Item, Answer>[]): Promise<void> {
    this.#underWay++;
    let failure: unknown;
    try {
      const answers = batch.length === 1 ? [] : await this.doing.together(batch.map(({ item }) => item));
      for (const [index, { item, resolve }] of batch.entries()) {
        resolve(answers[index] ?? this.doing.alone(item, undefined));
      }
    } catch (error) {
      failure = error;
    } finally {
      this.#underWay--;
    }
    if (failure !== undefined) for (const { item, resolve } of batch) resolve(this.doing.alone(item, failure));
    if (this.#waiting.length > 0) this.#sendSoon();
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
