/** What went wrong with a request: the server's sentence, or ours when there was no answer. */
export class Problem extends Error {
  override readonly name = 'Problem';

  constructor(
    /** HTTP status; 0 when there was no answer. */
    readonly status: number,
    /** The server's stable code, or `offline`, `http`, `not_json`. */
    readonly code: string,
    message: string,
    /** Seconds after which the server wants to be asked again. */
    readonly retryAfter?: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The request got no answer: no network, no server, or a time limit. */
export function offline(cause?: unknown): Problem {
  return new Problem(0, 'offline', 'There is no connection to the server. Try again in a moment.', undefined, {
    cause,
  });
}

/** Reads an error answer (RFC 9457 problem+json, or anything else a proxy may send). */
export function problemOf(status: number, body: string, retryAfter: string | null): Problem {
  const seconds = retryAfter === null ? undefined : secondsOf(retryAfter);
  const { code, detail, title } = fieldsOf(body);
  return new Problem(
    status,
    code ?? 'http',
    detail ?? title ?? `The server answered with ${status}. Try again in a moment.`,
    seconds,
  );
}

function fieldsOf(body: string): { code?: string; detail?: string; title?: string } {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return {}; // a proxy's HTML page says nothing that helps a person
  }
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, text]) => typeof text === 'string' && text !== ''));
}

/** `Retry-After` in seconds, from a number or a date. */
function secondsOf(header: string): number | undefined {
  const seconds = /^\d+$/.test(header.trim()) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : undefined;
}
