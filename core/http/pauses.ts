import type { HttpContext } from './http-context.js';

/** `GET /api/pauses`: what is paused as a whole. */
export async function listPauses(context: HttpContext): Promise<Response> {
  return answerPauses(context);
}

/** `PUT /api/pauses`, all jobs, or `PUT /api/pauses/{type}`. */
export async function pauseType(context: HttpContext): Promise<Response> {
  await context.env.progressManager.pauseType(context.req.param('type'), { user: context.var.user });
  return answerPauses(context);
}

/** `DELETE /api/pauses`, that of all jobs, or `DELETE /api/pauses/{type}`. */
export async function resumeType(context: HttpContext): Promise<Response> {
  await context.env.progressManager.resumeType(context.req.param('type'), { user: context.var.user });
  return answerPauses(context);
}

async function answerPauses(context: HttpContext): Promise<Response> {
  const list = await context.env.progressManager.pauses({ user: context.var.user });
  return context.json({ list: list.map(({ by = null, ...pause }) => ({ ...pause, by })) });
}
