import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Faults that undo a statement or a transaction and ask for it to be sent again: deadlock (1213), lock wait (1205),
 * changed since the snapshot (1020), and SQLite's busy and locked.
 */
const TRANSIENT = new Set<unknown>([1213, 1205, 1020, 'SQLITE_BUSY', 'SQLITE_BUSY_SNAPSHOT', 'SQLITE_LOCKED']);

const TRIES = 8;

export function isTransient(error: unknown): boolean {
  const { errno, code } = (error ?? {}) as { errno?: unknown; code?: unknown };
  return TRANSIENT.has(errno) || TRANSIENT.has(code);
}

/**
 * What a server says that shuts down (1053, 1927), takes no writes (1290, 1792, 1836) or is cut off from its cluster
 * (1047, 3100, 3101): another connection may lead to a better one.
 */
const WRONG_SERVER = new Set<unknown>([1053, 1927, 1290, 1792, 1836, 1047, 3100, 3101]);

export function isWrongServer(error: unknown): boolean {
  return WRONG_SERVER.has((error as { errno?: unknown } | undefined)?.errno);
}

/**
 * Faults of the database rather than of what it was asked: the connection broke, did not come or did not answer in
 * time, the server is the wrong one or has no connection left (1040, 1203), or the disk is full.
 */
const OUTAGE = new Set<unknown>([
  ...WRONG_SERVER,
  ...[1040, 1203, 1021, 1114],
  ...[
    'PROTOCOL_CONNECTION_LOST',
    'ECONNRESET',
    'ECONNREFUSED',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'STATEMENT_DEADLINE',
    'SQLITE_FULL',
    'SQLITE_IOERR',
    'SQLITE_READONLY',
  ],
]);

/** Errors that came from the application's database: a job's own request may break with the same codes. */
const ours = new WeakSet<object>();

/** Gives the work of a database client, and remembers what it throws as the database's. */
export async function fromDatabase<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Error) ours.add(error);
    throw error;
  }
}

/** Is this, or what caused it, the database's fault, so that the same work may well succeed later? */
export function isOutage(error: unknown): boolean {
  for (let each = error, depth = 0; each instanceof Error && depth < 8; each = each.cause, depth++) {
    if (isTransient(each) || (ours.has(each) && isOutageCode(each))) return true;
  }
  return false;
}

function isOutageCode(error: Error): boolean {
  const { errno, code, name, fatal } = error as { errno?: unknown; code?: unknown; name?: unknown; fatal?: unknown };
  // mysql2 says `fatal` of what ends a connection, also of a statement sent on one that has ended.
  return fatal === true || OUTAGE.has(errno) || OUTAGE.has(code) || name === 'KnexTimeoutError';
}

/** Two rows with one value in a unique column. */
export function isDuplicate(error: unknown): boolean {
  const { errno, code } = (error ?? {}) as { errno?: unknown; code?: unknown };
  return errno === 1062 || code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY';
}

/** Runs `work`, again after a transient fault: 8 times at most, with full jitter over 5 ms doubling up to 1 s. */
export async function retryTransient<T>(work: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await work();
    } catch (error) {
      if (tried === TRIES || !isTransient(error)) throw error;
      await sleep(Math.random() * Math.min(1000, 5 * 2 ** tried));
    }
  }
}
