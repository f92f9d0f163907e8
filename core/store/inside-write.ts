import { InsideWriteError } from '../contracts/errors.js';
import type { WriteTransaction } from '../contracts/progress-job.js';
import { isInsideWrite } from './scope.js';
import { assertNotEnded, expectNoEnd, standsInPart } from './write-end.js';

/**
 * Runs a `context.write` callback with a transaction that it cannot end by its methods: the record of the slice belongs
 * into it. Throws WriteEndedError when a statement did, as far as the server says.
 */
export async function runInsideWrite(
  transaction: WriteTransaction,
  callback: (transaction: WriteTransaction) => Promise<void>,
): Promise<void> {
  const { commit, rollback } = transaction;
  const refuse = () => {
    throw new InsideWriteError('commit or rollback');
  };
  const connection: object = await transaction.client.acquireConnection();
  Object.assign(transaction, { commit: refuse, rollback: refuse });
  expectNoEnd(connection);
  try {
    await callback(transaction);
    assertNotEnded(connection);
  } catch (error) {
    // Whatever came of it: what stands already must not be written again.
    if (standsInPart(connection)) assertNotEnded(connection);
    throw error;
  } finally {
    Object.assign(transaction, { commit, rollback });
  }
}

/** Turning autocommit on commits (see `WriteTransactions`). */
const ENDS_A_TRANSACTION = /^\s*(?:BEGIN|START\s+TRANSACTION|COMMIT|ROLLBACK(?!\s+TO\b)|SET\b.*\bautocommit)\b/is;

/**
 * Throws InsideWriteError for a statement that would end the transaction a `context.write` callback was given, and
 * WriteEndedError behind one that has.
 */
export function refuseEndOfWrite(connection: object, sql: string): void {
  if (!isInsideWrite()) return;
  if (ENDS_A_TRANSACTION.test(sql)) throw new InsideWriteError(sql.trim().slice(0, 40));
  assertNotEnded(connection);
}

/** Throws InsideWriteError when called from a `context.write` callback: it would wait for itself, or escape the transaction. */
export function assertOutsideWrite(what: string): void {
  if (isInsideWrite()) throw new InsideWriteError(what);
}
