import type { ChildProcess } from 'node:child_process';
import type { ChildOptions, FromChild, ToChild } from './messages.js';
import { killGroup, spawnChild } from './spawn.js';

/** A child process that has no job yet. */
export interface FreshChild {
  readonly process: ChildProcess;
  /** It has loaded all modules, which takes some tenths of a second. */
  readonly isReady: boolean;
}

/** The next spare is begun when the jobs that took the last ones have their processes, ms after the last was taken. */
const REFILL_MS = 2000;
/** A spare that nobody has needed for so long is let go, ms. */
const IDLE_MS = 60_000;

/**
 * Starts child processes. Once one was needed, a spare stands by, ready to begin: a job that gives its place up to
 * others and comes back need not wait for a start each time.
 */
export class Children {
  readonly #spares = new Set<Spare>();
  readonly #refills = new Map<number | undefined, { timer: NodeJS.Timeout; readonly types: ReadonlySet<string> }>();
  #isClosed = false;

  constructor(
    private readonly program: URL,
    readonly options: ChildOptions,
    /** May another job of this type begin here? Asked when a spare is due. */
    private readonly hasRoom: (type: string) => boolean,
  ) {}

  /** How many stand by, ready to begin. */
  get ready(): number {
    return [...this.#spares].filter(({ isReady }) => isReady).length;
  }

  /** For a job of this type. `memoryMb`: its heap at most. */
  take(type: string, memoryMb: number | undefined): FreshChild {
    const spares = this.#sparesOf(memoryMb);
    const spare = spares.find(({ isReady }) => isReady) ?? spares[0];
    if (spare) this.#spares.delete(spare);
    this.#refillLater(type, memoryMb);
    return spare?.handOver() ?? { process: this.#start(memoryMb), isReady: false };
  }

  /** Has so many spares of this memory stand by, where the system lets us. */
  standBy(memoryMb: number | undefined, count: number): void {
    if (this.#isClosed) return;
    for (let there = this.#sparesOf(memoryMb).length; there < count; there++) {
      try {
        const spare = new Spare(memoryMb, this.#start(memoryMb), () => this.#spares.delete(spare));
        this.#spares.add(spare);
      } catch {
        // Nobody waits for it: the next job begins a process of its own, and says why that fails.
        return;
      }
    }
  }

  /** Leaves no spare behind. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { timer } of this.#refills.values()) clearTimeout(timer);
    const spares = [...this.#spares];
    this.#spares.clear();
    await Promise.all(spares.map((spare) => spare.end()));
  }

  #sparesOf(memoryMb: number | undefined): Spare[] {
    return [...this.#spares].filter((spare) => spare.memoryMb === memoryMb);
  }

  /** One is enough for all types that share the memory. */
  #refillLater(type: string, memoryMb: number | undefined): void {
    const before = this.#refills.get(memoryMb);
    clearTimeout(before?.timer);
    const types = new Set(before?.types).add(type);
    const refill = () => {
      this.#refills.delete(memoryMb);
      if ([...types].some(this.hasRoom)) this.standBy(memoryMb, 1);
    };
    this.#refills.set(memoryMb, { timer: setTimeout(refill, REFILL_MS).unref(), types });
  }

  #start(memoryMb: number | undefined): ChildProcess {
    const child = spawnChild(this.program, memoryMb);
    const open: ToChild = { kind: 'open', options: this.options };
    // A process that could not be started says so by its own events, and may have no channel.
    if (child.connected) child.send(open, () => undefined);
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
    // A program that says anything else is not believed, and ends when it is given a job.
    if ((message as FromChild | null)?.kind === 'ready') this.#isReady = true;
  };

  constructor(
    readonly memoryMb: number | undefined,
    private readonly child: ChildProcess,
    private readonly onEnded: () => void,
  ) {
    child.on('message', this.#hear).on('error', this.#gone).on('exit', this.#gone);
    this.#ended = new Promise((resolve) => child.once('close', () => resolve()));
    process.once('exit', this.#kill);
    this.#idle = setTimeout(() => {
      // Nobody may take it from here on.
      this.#gone();
      this.#kill();
    }, IDLE_MS).unref();
    child.unref();
    child.channel?.unref();
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  handOver(): FreshChild {
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
