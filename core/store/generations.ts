interface Opened {
  readonly by: Generations;
  readonly generation: number;
}

const opened = new WeakMap<object, Opened>();

/**
 * The connections to one address, by when they were opened. Where one of them turns out to lead to a server that takes
 * no writes, those opened as early do too, also those that have only read so far.
 */
export class Generations {
  #current = 0;

  /** The server of this connection takes no writes. */
  static endOf(connection: object): void {
    const { by, generation } = opened.get(connection) ?? {};
    // Unless another one of it has done so already.
    if (by !== undefined && by.#current === generation) by.#current++;
  }

  add(connection: object): void {
    opened.set(connection, { by: this, generation: this.#current });
  }

  isCurrent(connection: object): boolean {
    return opened.get(connection)?.generation === this.#current;
  }
}
