import type { HttpContext } from './http-context.js';
import { HttpError } from './http-error.js';
import { loggable } from './loggable.js';

/** `GET /health/live`: the process answers. */
export function isAlive(context: HttpContext): Response {
  return context.json({ status: 'ok' });
}

/** `GET /health/ready`: it can do its work, or 503. */
export async function isReady(context: HttpContext): Promise<Response> {
  const { logger, requestId } = context.env;
  const ready = await context.env.ready().catch((error: unknown) => {
    logger.warn({ requestId, error: loggable(error) }, 'the check for readiness failed');
    return false;
  });
  if (ready) return context.json({ status: 'ok' });
  throw new HttpError(503, 'not_ready', 'The database is not reachable or not migrated.', { 'Retry-After': '5' });
}
