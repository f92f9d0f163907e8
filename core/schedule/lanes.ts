/** Lets so many pieces of work run at once, the others in their order. */
export class Lanes {
  readonly #queue: (() => Promise<void>)[] = [];
  #busy = 0;

  constructor(private readonly count: number) {}

  run<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#queue.push(() => work().then(resolve, reject));
      if (this.#busy < this.count) void this.#lane();
    });
  }

  async #lane(): Promise<void> {
    this.#busy++;
    for (let work = this.#queue.shift(); work; work = this.#queue.shift()) await work();
    this.#busy--;
  }
}
