import { NEVER, type StatementSeam } from '../store/statement-seam.js';

/** What drivers' connections offer for the end of a process: SQLite's is undone, MySQL's is cut. */
interface Connection {
  readonly inTransaction?: boolean;
  exec?(sql: string): unknown;
  destroy?(): void;
  close?(): void;
  readonly stream?: { destroy(): void };
}

/** The connection of an embedded database, which outlives the workers of one test as a file would. */
export class KeptConnection implements Disposable {
  #opened: Promise<object> | undefined;
  #connection: Connection | undefined;

  async connect<T extends object>(open: () => Promise<T>): Promise<T> {
    this.#opened ??= open();
    this.#connection = await this.#opened;
    return this.#connection as T;
  }

  [Symbol.dispose](): void {
    this.#connection?.close?.();
  }
}

/** The statements of one worker: counts them, and holds them for ever once the worker is dead. */
export class TestSeam implements StatementSeam {
  /** Statements that were counted, in the order in which they were sent. */
  readonly sent: string[] = [];
  /** Resolves when the worker dies. */
  readonly death: Promise<void>;
  readonly #connections = new Set<Connection>();
  #isCounting = false;
  #deadline: { readonly statement: number; readonly side: 'before' | 'after' } | undefined;
  #isDead = false;
  #tellDeath = () => {};

  constructor(private readonly kept: KeptConnection) {
    this.death = new Promise((resolve) => {
      this.#tellDeath = resolve;
    });
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Dies at this statement, counted over all that is counted. */
  dieAt(statement: number, side: 'before' | 'after'): void {
    this.#deadline = { statement, side };
  }

  /** Counts what is sent while `work` goes on. */
  async counted<T>(work: () => Promise<T>): Promise<T> {
    this.#isCounting = true;
    try {
      return await work();
    } finally {
      this.#isCounting = false;
    }
  }

  /** Nothing is sent any more, and what was not committed is undone. */
  die(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    for (const connection of this.#connections) undo(connection);
    this.#tellDeath();
  }

  connect<T extends object>(open: () => Promise<T>): Promise<T> {
    return this.kept.connect(open);
  }

  async pass<T>(connection: object, sql: string, send: () => Promise<T>): Promise<T> {
    this.#connections.add(connection);
    const number = this.#isCounting ? this.sent.push(sql) : 0;
    if (this.#isDue(number, 'before')) this.die();
    if (this.#isDead) return NEVER;
    try {
      return await send();
    } finally {
      if (this.#isDue(number, 'after')) this.die();
      // What died meanwhile hears neither an answer nor an error.
      if (this.#isDead) await NEVER;
    }
  }

  #isDue(number: number, side: 'before' | 'after'): boolean {
    return number > 0 && this.#deadline?.statement === number && this.#deadline.side === side;
  }
}

function undo(connection: Connection): void {
  if (connection.inTransaction) connection.exec?.('ROLLBACK');
  connection.destroy?.();
  connection.stream?.destroy();
}
