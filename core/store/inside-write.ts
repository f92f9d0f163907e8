import { InsideWriteError } from '../contracts/errors.js';
import type { WriteTransaction } from '../contracts/progress-job.js';
import { isInsideWrite } from './scope.js';

/**
 * Runs a `context.write` callback with a transaction that it cannot end by its methods: the record of the slice belongs
 * into it.
 */
export async function runInsideWrite(
  transaction: WriteTransaction,
  callback: (transaction: WriteTransaction) => Promise<void>,
): Promise<void> {
  const { commit, rollback } = transaction;
  const refuse = () => {
    throw new InsideWriteError('commit or rollback');
  };
  Object.assign(transaction, { commit: refuse, rollback: refuse });
  try {
    await callback(transaction);
  } finally {
    Object.assign(transaction, { commit, rollback });
  }
}

/** Turning autocommit on commits (see `WriteTransactions`). */
const ENDS_A_TRANSACTION = /^\s*(?:BEGIN|START\s+TRANSACTION|COMMIT|ROLLBACK(?!\s+TO\b)|SET\b.*\bautocommit)\b/is;

/** Throws InsideWriteError for a statement that would end the transaction a `context.write` callback was given. */
export function refuseEndOfWrite(sql: string): void {
  if (isInsideWrite() && ENDS_A_TRANSACTION.test(sql)) throw new InsideWriteError(sql.trim().slice(0, 40));
}

/** Throws InsideWriteError when called from a `context.write` callback: it would wait for itself, or escape the transaction. */
export function assertOutsideWrite(what: string): void {
  if (isInsideWrite()) throw new InsideWriteError(what);
}
