import type { ChildProcess } from 'node:child_process';
import type { ChildOptions, FromChild, ToChild } from './messages.js';
import { killGroup, spawnChild } from './spawn.js';

/** A child process that has no job yet. */
export interface FreshChild {
  readonly process: ChildProcess;
  /** It has loaded all modules, which takes some tenths of a second. */
  readonly isReady: boolean;
}

/** The next spare is begun when the job that took the last one has the processor for itself again, ms. */
const REFILL_MS = 500;
/** A spare that nobody has needed for so long is let go, ms. */
const IDLE_MS = 60_000;

/**
 * Starts child processes. Once one was needed, a spare stands by, ready to begin: a job that gives its place up to
 * others and comes back need not wait for a start each time.
 */
export class Children {
  readonly #spares = new Map<number | undefined, Spare>();
  readonly #refills = new Map<number | undefined, NodeJS.Timeout>();
  #isClosed = false;

  constructor(
    private readonly program: URL,
    readonly options: ChildOptions,
  ) {}

  /** `memoryMb`: its heap at most. */
  take(memoryMb: number | undefined): FreshChild {
    const spare = this.#spares.get(memoryMb);
    this.#spares.delete(memoryMb);
    this.#refillLater(memoryMb);
    return spare?.handOver() ?? { process: this.#start(memoryMb), isReady: false };
  }

  /** Leaves no spare behind. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const timer of this.#refills.values()) clearTimeout(timer);
    const spares = [...this.#spares.values()];
    this.#spares.clear();
    await Promise.all(spares.map((spare) => spare.end()));
  }

  #refillLater(memoryMb: number | undefined): void {
    clearTimeout(this.#refills.get(memoryMb));
    this.#refills.set(memoryMb, setTimeout(() => this.#refill(memoryMb), REFILL_MS).unref());
  }

  #refill(memoryMb: number | undefined): void {
    if (this.#isClosed || this.#spares.has(memoryMb)) return;
    const spare = new Spare(this.#start(memoryMb), () => {
      if (this.#spares.get(memoryMb) === spare) this.#spares.delete(memoryMb);
    });
    this.#spares.set(memoryMb, spare);
  }

  #start(memoryMb: number | undefined): ChildProcess {
    const child = spawnChild(this.program, memoryMb);
    const open: ToChild = { kind: 'open', options: this.options };
    // A process that could not be started says so by its own events.
    child.send(open, () => undefined);
    return child;
  }
}

/** A child process in waiting. */
class Spare {
  #isReady = false;
  readonly #ended: Promise<void>;
  readonly #idle: NodeJS.Timeout;
  readonly #kill = (): void => killGroup(this.child);
  readonly #hear = (message: unknown): void => {
    if ((message as FromChild).kind === 'ready') this.#isReady = true;
  };

  constructor(
    private readonly child: ChildProcess,
    private readonly onEnded: () => void,
  ) {
    child.on('message', this.#hear).on('error', this.#gone).on('exit', this.#gone);
    this.#ended = new Promise((resolve) => child.once('close', () => resolve()));
    process.once('exit', this.#kill);
    this.#idle = setTimeout(this.#kill, IDLE_MS).unref();
    child.unref();
    child.channel?.unref();
  }

  handOver(): FreshChild | undefined {
    this.#forget();
    this.child.off('message', this.#hear).off('error', this.#gone).off('exit', this.#gone);
    this.child.ref();
    this.child.channel?.ref();
    return { process: this.child, isReady: this.#isReady };
  }

  async end(): Promise<void> {
    this.child.ref();
    this.#kill();
    await this.#ended;
  }

  readonly #gone = (): void => {
    this.#forget();
    this.onEnded();
  };

  #forget(): void {
    clearTimeout(this.#idle);
    process.off('exit', this.#kill);
  }
}
