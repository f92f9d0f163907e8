import { AsyncLocalStorage } from 'node:async_hooks';
import { InsideWriteError } from '../contracts/errors.js';
import type { WriteTransaction } from '../contracts/progress-job.js';

const insideWrite = new AsyncLocalStorage<true>();

/**
 * Runs a `context.write` callback, so that calls that do not use its transaction can be told apart. It cannot end the
 * transaction: the record of the slice belongs into it.
 */
export async function runInsideWrite(
  transaction: WriteTransaction,
  callback: (transaction: WriteTransaction) => void | Promise<void>,
): Promise<void> {
  const { commit, rollback } = transaction;
  const refuse = () => {
    throw new InsideWriteError('commit or rollback');
  };
  Object.assign(transaction, { commit: refuse, rollback: refuse });
  try {
    await insideWrite.run(true, async () => callback(transaction));
  } finally {
    Object.assign(transaction, { commit, rollback });
  }
}

/** Throws InsideWriteError when called from a `context.write` callback: it would wait for itself, or escape the transaction. */
export function assertOutsideWrite(what: string): void {
  if (insideWrite.getStore()) throw new InsideWriteError(what);
}
