import { offline, Problem } from './problem.js';

/** Why nothing comes at the moment, in words, and in how many seconds it is tried again. */
export interface Trouble {
  readonly text: string;
  readonly seconds: number;
}

export interface PollerOptions<Answer> {
  /** Asks the server once. */
  ask(signal: AbortSignal): Promise<Answer>;
  /** Takes an answer; says after how many milliseconds to ask again, or `undefined` for not at all. */
  onAnswer(answer: Answer): number | undefined;
  /** Told whenever the connection is lost (each second, for the countdown) and once, with `undefined`, when it is back. */
  onTrouble(trouble: Trouble | undefined): void;
  /** Told when the server no longer knows the caller; the poller has stopped by then. */
  onSignedOut(): void;
}

const ANSWER_LIMIT_MS = 15_000;
const LONGEST_PAUSE_S = 30;

/**
 * Asks again and again: at once when told to, when the tab comes back and when the network does; not at all in a
 * hidden tab; ever more rarely while there is no answer. One request is out at a time and a newer one aborts it,
 * so an old answer can never replace a newer one.
 */
export class Poller<Answer> {
  readonly #options: PollerOptions<Answer>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #request: AbortController | undefined;
  #failures = 0;
  #isRunning = false;

  constructor(options: PollerOptions<Answer>) {
    this.#options = options;
  }

  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    document.addEventListener('visibilitychange', this.#onVisibility);
    addEventListener('online', this.now);
    addEventListener('offline', this.now);
    this.now();
  }

  stop(): void {
    this.#isRunning = false;
    clearTimeout(this.#timer);
    this.#request?.abort();
    document.removeEventListener('visibilitychange', this.#onVisibility);
    removeEventListener('online', this.now);
    removeEventListener('offline', this.now);
  }

  /** Asks at once, and forgets a request that is still out. */
  readonly now = (): void => {
    clearTimeout(this.#timer);
    this.#request?.abort();
    if (this.#isRunning && !document.hidden) void this.#askOnce();
  };

  readonly #onVisibility = (): void => {
    if (document.hidden) clearTimeout(this.#timer);
    else this.now();
  };

  async #askOnce(): Promise<void> {
    const request = new AbortController();
    this.#request = request;
    try {
      const answer = await this.#options.ask(AbortSignal.any([request.signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]));
      if (!request.signal.aborted) this.#succeed(answer);
    } catch (error) {
      if (!request.signal.aborted) this.#fail(error);
    }
  }

  #succeed(answer: Answer): void {
    if (this.#failures > 0) this.#options.onTrouble(undefined);
    this.#failures = 0;
    const pause = this.#options.onAnswer(answer);
    if (pause !== undefined) this.#schedule(this.now, pause);
  }

  #fail(error: unknown): void {
    const problem = error instanceof Problem ? error : isTimeLimit(error) ? offline(error) : undefined;
    if (problem === undefined) throw error; // a mistake in the program: let the console show it
    if (problem.status === 401) {
      this.stop();
      this.#options.onSignedOut();
      return;
    }
    const backOff = Math.min(LONGEST_PAUSE_S, 2 ** this.#failures) + Math.floor(Math.random() * this.#failures);
    this.#failures = Math.min(this.#failures + 1, 5);
    this.#countDown(textOf(problem), problem.retryAfter ?? backOff);
  }

  #countDown(text: string, seconds: number): void {
    if (seconds <= 0) {
      this.now();
      return;
    }
    this.#options.onTrouble({ text, seconds });
    this.#schedule(() => this.#countDown(text, seconds - 1), 1000);
  }

  #schedule(step: () => void, milliseconds: number): void {
    clearTimeout(this.#timer);
    if (this.#isRunning && !document.hidden) this.#timer = setTimeout(step, milliseconds);
  }
}

function isTimeLimit(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}

function textOf({ status, message }: Problem): string {
  if (status === 0) return 'No connection';
  if (status === 429) return 'Too many requests';
  return status >= 500 ? 'The server cannot answer now' : message;
}
