import { setTimeout as sleep } from 'node:timers/promises';

interface Coded {
  readonly errno?: unknown;
  readonly code?: unknown;
  readonly name?: unknown;
  /** mysql2 says so of what ends a connection, also of a statement sent on one that has ended. */
  readonly fatal?: unknown;
}

/** Deadlock (1213), lock wait (1205), changed since the snapshot (1020), and SQLite's busy and locked. */
const TRANSIENT = { errno: new Set<unknown>([1213, 1205, 1020]), sqlite: /^SQLITE_(?:BUSY|LOCKED)/ };

/**
 * What a server says that shuts down (1053, 1927), takes no writes (1290, 1792, 1836) or is cut off from its cluster
 * (1047, 3100, 3101): another connection may lead to a better one.
 */
const WRONG_SERVER = new Set<unknown>([1053, 1927, 1290, 1792, 1836, 1047, 3100, 3101]);

/**
 * No connection left (1040, 1203) or none for us just now (1045: a password is being changed, 1129), a statement was
 * interrupted (1317), the disk is full (3, 1021, 1026, 1114), or the connection did not come, broke or fell silent.
 */
const OUTAGE = {
  errno: new Set<unknown>([...WRONG_SERVER, 1040, 1203, 1045, 1129, 1317, 3, 1021, 1026, 1114]),
  code: /^(?:ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|PROTOCOL_CONNECTION_LOST|PROTOCOL_SEQUENCE_TIMEOUT|STATEMENT_DEADLINE)/,
  sqlite: /^SQLITE_(?:FULL|IOERR|READONLY|CANTOPEN)/,
};

const TRIES = 8;

/** Errors that came from the application's database: another database of a job may fail with the same codes. */
const ours = new WeakSet<object>();

/** Remembers an error as the database's. */
export function asFromDatabase(error: unknown): unknown {
  if (error instanceof Error) ours.add(error);
  return error;
}

/** Gives the work of a database client, and remembers what it throws as the database's. */
export function fromDatabase<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw asFromDatabase(error);
  });
}

/** Has this fault of the database undone a statement or a transaction, and asks for it to be sent again? */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error) || !ours.has(error)) return false;
  const { errno, code } = error as Coded;
  return TRANSIENT.errno.has(errno) || TRANSIENT.sqlite.test(String(code));
}

/** Has somebody else held a row for longer than we wait for it? */
export function isLockWait(error: unknown): boolean {
  return isTransient(error) && (error as Coded).errno === 1205;
}

/** Does this server not know such a statement: a syntax error (1064), or one that says so (1235)? */
export function isNotUnderstood(error: unknown): boolean {
  return error instanceof Error && ours.has(error) && [1064, 1235].includes(Number((error as Coded).errno));
}

/** Is this, or what caused it, the database's fault, so that the same work may well succeed later? */
export function isOutage(error: unknown): boolean {
  return hasCause(error, (each) => isTransient(each) || (ours.has(each) && isOutageCode(each)));
}

/** Is it said of this, or of one of the seven that caused it? A job may throw what nobody can ask: then it is not. */
function hasCause(error: unknown, isSaidOf: (each: Error) => boolean): boolean {
  try {
    for (let each = error, depth = 0; each instanceof Error && depth < 8; each = each.cause, depth++) {
      if (isSaidOf(each)) return true;
    }
  } catch {
    // A getter of the job's. It has no say in what the database did.
  }
  return false;
}

function isOutageCode(error: Error): boolean {
  const { errno, code, name, fatal } = error as Coded;
  const text = String(code);
  return (
    fatal === true ||
    name === 'KnexTimeoutError' ||
    OUTAGE.errno.has(errno) ||
    OUTAGE.code.test(text) ||
    OUTAGE.sqlite.test(text)
  );
}

/** Has the database answered, and refused for a reason of its own? Then it was not the write that broke the connection. */
export function isRefusal(error: unknown): boolean {
  return hasCause(error, (each) => {
    if (!ours.has(each)) return false;
    const { errno, code } = each as Coded;
    return OUTAGE.errno.has(errno) || OUTAGE.sqlite.test(String(code));
  });
}

export function isWrongServer(error: unknown): boolean {
  return WRONG_SERVER.has((error as Coded | undefined)?.errno);
}

/** The server keeps no further plan (1461), or has dropped or outdated this one (1243, 1615): nothing was carried out. */
export function isUnprepared(error: unknown): boolean {
  return [1461, 1243, 1615].includes((error as Coded | undefined)?.errno as number);
}

/** The user may not do that: 1044 and 1142 for a database and a table, 1143 a column, 1227 a right of admins. */
export function isDenied(error: unknown): boolean {
  return [1044, 1142, 1143, 1227].includes((error as Coded | undefined)?.errno as number);
}

/** Two rows with one value in a unique column. */
export function isDuplicate(error: unknown): boolean {
  const { errno, code } = (error ?? {}) as Coded;
  return errno === 1062 || code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY';
}

/** Runs `work`, again after a transient fault: 8 times at most, with full jitter over 5 ms doubling up to 1 s. */
export async function retryTransient<T>(work: () => Promise<T>, isWorthIt = isTransient): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await work();
    } catch (error) {
      if (tried === TRIES || !isWorthIt(error)) throw error;
      await sleep(Math.random() * Math.min(1000, 5 * 2 ** tried));
    }
  }
}
