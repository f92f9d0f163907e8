/** An item that the database did not take, and why. */
export interface Refusal<T> {
  readonly item: T;
  readonly reason: string;
}

/**
 * What MySQL and MariaDB say about a row. Every other error – a deadlock, a lost connection, a full disk – is about
 * the server, and no row's fault.
 * https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference
 */
const ROW_ERRORS: ReadonlySet<unknown> = new Set([
  1048, 1062, 1264, 1265, 1292, 1364, 1366, 1406, 1451, 1452, 3819, 4025,
]);

/** Writes items in one statement, and keeps out those that the database refuses. */
export class RowWriter {
  /**
   * Gives all items to `statement`; when the database refuses a row, halves them until the refused ones stand alone.
   * Returns those. Throws what is not about a row. Needs no savepoints: on SQLite and InnoDB a refused statement
   * undoes itself and leaves the transaction usable.
   */
  async write<T>(items: readonly T[], statement: (items: readonly T[]) => Promise<unknown>): Promise<Refusal<T>[]> {
    const [first] = items;
    if (first === undefined) return [];
    try {
      await statement(items);
      return [];
    } catch (error) {
      if (!isAboutRow(error)) throw error;
      if (items.length === 1) return [{ item: first, reason: reasonOf(error) }];
    }
    const half = Math.ceil(items.length / 2);
    const refused = await this.write(items.slice(0, half), statement);
    return refused.concat(await this.write(items.slice(half), statement));
  }
}

interface DatabaseError extends Error {
  readonly code?: string;
  readonly errno?: number;
  readonly sqlMessage?: string;
}

function isAboutRow(error: unknown): error is DatabaseError {
  if (!(error instanceof Error)) return false;
  const { code = '', errno }: DatabaseError = error;
  return ROW_ERRORS.has(errno) || String(code).startsWith('SQLITE_CONSTRAINT') || code === 'SQLITE_MISMATCH';
}

/** The database's own words; knex puts the whole statement in front of them. */
function reasonOf({ sqlMessage, message }: DatabaseError): string {
  return sqlMessage ?? message.split(' - ').at(-1) ?? message;
}
