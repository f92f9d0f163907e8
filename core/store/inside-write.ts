import { AsyncLocalStorage } from 'node:async_hooks';
import { InsideWriteError } from '../contracts/errors.js';

const insideWrite = new AsyncLocalStorage<true>();

/** Runs a `context.write` callback, so that calls that do not use its transaction can be told apart. */
export function runInsideWrite<T>(callback: () => T): T {
  return insideWrite.run(true, callback);
}

/** Throws InsideWriteError when called from a `context.write` callback: it would wait for itself, or escape the transaction. */
export function assertOutsideWrite(what: string): void {
  if (insideWrite.getStore()) throw new InsideWriteError(what);
}
