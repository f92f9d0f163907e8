import { InvalidInputError, type RouteContext, type Routes } from 'progress-manager';

/**
 * The key of a request where clients of EspoCRM put it: `X-Api-Key`, or behind the user's name in `Espo-Authorization` and
 * `Authorization: Basic`. The name is not looked at: the key says whose it is.
 */
export function keyIn({ headers }: Request): string | undefined {
  const basic = /^basic +(.*)$/i.exec(headers.get('Authorization') ?? '')?.[1];
  const named = headers.get('Espo-Authorization') ?? basic;
  const key =
    named === undefined
      ? undefined
      : Buffer.from(named, 'base64')
          .toString()
          .replace(/^[^:]*:?/, '');
  return headers.get('X-Api-Key') ?? key;
}

/** Answers a refusal with its sentence in `X-Status-Reason`, which clients of EspoCRM show. */
export function answerError(error: Error, { env }: RouteContext): Response {
  const { status, code, detail, facts, headers } = env.problemOf(error);
  // A header holds plain letters only.
  const reason = detail.replace(/[^\x20-\x7e]/g, '?').slice(0, 1000);
  const body = { status, code, detail, requestId: env.requestId, ...facts };
  return Response.json(body, { status, headers: { ...headers, 'X-Status-Reason': reason } });
}

/** Answers one verb below the prefix with JSON, and every other with 400. */
export function answer(app: Routes, verb: string, path: string, handle: (context: RouteContext) => unknown): void {
  app.all(path, async (context) => {
    if (context.req.method !== verb) throw new InvalidInputError('verb', `must be ${verb}.`);
    return Response.json(await handle(context));
  });
}

/** `maxSize` of a query: how many rows a list has at most, 1 to 200, 15 by default. Throws InvalidInputError. */
export function maxSizeIn({ req }: RouteContext): number {
  const maxSize = Number(req.query('maxSize') || 15);
  if (Number.isInteger(maxSize) && maxSize >= 1 && maxSize <= 200) return maxSize;
  throw new InvalidInputError('maxSize', 'must be a whole number from 1 to 200.');
}
