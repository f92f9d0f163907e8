import type { HttpContext } from './http-context.js';

/** `GET /api/jobs/{id}/explain`: why it is not moving. */
export async function explainJob(context: HttpContext): Promise<Response> {
  const { progressManager } = context.env;
  const { user } = context.var;
  return context.json(await progressManager.explain(context.req.param('job') ?? '', { user }));
}
