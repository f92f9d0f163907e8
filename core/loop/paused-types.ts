import { EVERY_TYPE } from '../contracts/limits.js';
import type { Pauses } from '../store/pauses.js';

/** Which types are paused, as the last look has found it: their jobs rest after the slice that runs. */
export class PausedTypes {
  #scopes: ReadonlySet<string> = new Set();

  constructor(private readonly pauses: Pauses) {}

  /** With each beat. A claim asks the table itself. */
  async look(): Promise<void> {
    this.#scopes = new Set((await this.pauses.list()).map(({ scope }) => scope));
  }

  /** Is none paused? */
  get isEmpty(): boolean {
    return this.#scopes.size === 0;
  }

  has(type: string): boolean {
    return this.#scopes.has(type) || this.#scopes.has(EVERY_TYPE);
  }
}
