import { AsyncLocalStorage } from 'node:async_hooks';

/** What the code that runs now belongs to. */
interface Scope {
  /** Takes errors that nobody caught. */
  readonly blame: (error: unknown) => void;
  readonly isInsideWrite: boolean;
}

/** One for all of this process: on Node 20 each such storage is copied with every promise. */
const scope = new AsyncLocalStorage<Scope>();

/** Runs a slice so that errors thrown outside its call – in a timer, from a forgotten promise – find their way to it. */
export function runBlamed<T>(blame: (error: unknown) => void, work: () => T): T {
  return scope.run({ blame, isInsideWrite: false }, work);
}

/** Gives an error that nobody caught to the slice in whose asynchronous context it was thrown. `false`: to none. */
export function blameSlice(error: unknown): boolean {
  const blame = scope.getStore()?.blame;
  blame?.(error);
  return blame !== undefined;
}

/** As `runBlamed`, a write callback, so that calls that do not use its transaction can be told apart. */
export function runAsWrite<T>(blame: (error: unknown) => void, work: () => T): T {
  return scope.run({ blame, isInsideWrite: true }, work);
}

/** Does the code that runs now belong to a write callback? */
export const isInsideWrite = (): boolean => scope.getStore()?.isInsideWrite === true;
