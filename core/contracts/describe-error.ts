/** What `describeError` and `bounded` give at most, bytes of UTF-8. */
export const LONGEST_TEXT = 8192;
const UNTELLABLE = 'A thrown value that cannot be described.';
/** Codes of the drivers: SQLite's, the server's, and those of a connection that broke. */
const FROM_DATABASE = /^(SQLITE_|ER_|PROTOCOL_|ECONN|EPIPE|ETIMEDOUT|STATEMENT_DEADLINE)/;

/**
 * A sentence for anything that can be thrown: well-formed text of at most 8 KiB, never throwing itself. Of a database
 * error only the database's own words: knex puts the whole statement with its values in front of them. `hide` takes out
 * what must not be told, before anything is cut: half of it would be told otherwise.
 */
export function describeError(error: unknown, hide: (text: string) => string = same): string {
  return bounded(hide(words(error)));
}

const same = (text: string) => text;

/** Well-formed text of at most 8 KiB. */
export function bounded(text: string): string {
  const wellFormed = text.slice(0, LONGEST_TEXT).toWellFormed();
  const bytes = Buffer.from(wellFormed);
  if (bytes.length <= LONGEST_TEXT) return wellFormed;
  // Cut at the start of a character: continuation bytes are 10xxxxxx.
  let end = LONGEST_TEXT - 3;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return `${bytes.toString('utf8', 0, end)}…`;
}

/** Where it was thrown, without its words: those stand in the row, and may hold values. */
export function framesOf(error: unknown): string[] {
  try {
    const frames = String((error as Error | undefined)?.stack ?? '').match(/^\s+at .+$/gm) ?? [];
    return frames.slice(0, 10).map((frame) => frame.trim());
  } catch {
    return [];
  }
}

/** What was thrown; or an Error in its place, when nobody can even ask what it is. */
export function thrownValue(value: unknown): unknown {
  try {
    void (value instanceof Error);
    return value;
  } catch {
    return new Error(UNTELLABLE);
  }
}

function words(error: unknown): string {
  try {
    if (error instanceof Error) return fromError(error);
    if (typeof error === 'string') return error;
    return `A thrown value that is no Error: ${JSON.stringify(error) ?? String(error)}`;
  } catch {
    return UNTELLABLE;
  }
}

function fromError(error: Error): string {
  const { sqlMessage, code } = error as { sqlMessage?: unknown; code?: unknown };
  if (typeof sqlMessage === 'string') return `The database refused it: ${sqlMessage}`;
  if (typeof code === 'string' && FROM_DATABASE.test(code)) {
    return `The database refused it: ${error.message.slice(error.message.lastIndexOf(' - ') + 1).replace(/^- /, '')}`;
  }
  const message = String(error.message);
  return message === '' ? String(error.name) : message;
}
