/**
 * Stands between a database's client and its connections, in tests: there a statement may be held for ever, as the
 * death of the process would hold it.
 */
export interface StatementSeam {
  /** Sends this statement, or does not; gives what `send` gives. */
  pass<T>(connection: object, sql: string, send: () => Promise<T>): Promise<T>;
  /** The process counts as dead: nothing gets a connection any more. */
  readonly isDead: boolean;
  /** Gives a connection to an embedded database, which `open` makes. It is not closed with its client. */
  connect<T extends object>(open: () => Promise<T>): Promise<T>;
}

/** What knex was told beside its own options; `undefined` but in tests. */
export function seamOf(config: object): StatementSeam | undefined {
  return (config as { readonly seam?: StatementSeam }).seam;
}

/** What a dead process waits for. */
export const NEVER = new Promise<never>(() => undefined);
