import { AsyncLocalStorage } from 'node:async_hooks';

/** What the code that runs now belongs to. */
export interface Scope {
  /** Takes errors that nobody caught. */
  readonly blame: ((error: unknown) => void) | undefined;
  readonly isInsideWrite: boolean;
}

/** One for all of this process: on Node 20 each such storage is copied with every promise. */
export const scope = new AsyncLocalStorage<Scope>();
