import type { HttpContext } from './http-context.js';

/** `GET /api/types`: the job types the caller may start. */
export function listTypes(context: HttpContext): Response {
  return context.json(context.env.progressManager.typesFor(context.var.user));
}
