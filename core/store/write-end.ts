import { WriteEndedError } from '../contracts/errors.js';
import { isOutage } from './transient.js';

/** How a statement of a `context.write` callback has ended the transaction that the callback was given. */
interface WriteEnd {
  readonly statement: string;
  /** What came before it stands; else it is undone. */
  readonly isCommitted: boolean;
  /** What the statement failed with. */
  readonly error?: unknown;
}

/** Of the callbacks that run, by their connection. */
const ends = new WeakMap<object, WriteEnd>();

/** A callback begins. */
export function expectNoEnd(connection: object): void {
  ends.delete(connection);
}

/** The first is the one that counts. */
export function noteEnd(connection: object, end: WriteEnd): void {
  if (!ends.has(connection)) ends.set(connection, end);
}

/** Throws WriteEndedError, or the database's fault, when the transaction has ended. */
export function assertNotEnded(connection: object): void {
  const end = ends.get(connection);
  if (end !== undefined) throw isOutage(end.error) ? end.error : new WriteEndedError(end.statement);
}

/** Does something stand of what was to be written with the slice? */
export function standsInPart(connection: object): boolean {
  return ends.get(connection)?.isCommitted === true;
}
