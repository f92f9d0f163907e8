import type { HttpContext } from './http-context.js';

/** `GET /api/workers`: the processes that carry jobs, as they last said. For admins. */
export async function listWorkers(context: HttpContext): Promise<Response> {
  return context.json({ list: await context.env.progressManager.workers({ user: context.var.user }) });
}
