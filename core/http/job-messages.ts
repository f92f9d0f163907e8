import { z } from 'zod';
import { answerIfChanged } from './etag.js';
import type { HttpContext } from './http-context.js';
import { refuseContent } from './json-body.js';
import { queryOf } from './query.js';

const noQuery = z.strictObject({});

/** `GET /api/jobs/{id}/messages`: what the job told its owner and nobody has taken, the oldest first. */
export async function listMessages(context: HttpContext): Promise<Response> {
  queryOf(context.req.raw, noQuery);
  const { user } = context.var;
  const list = await context.env.progressManager.messages(refOf(context), {}, { user });
  return answerIfChanged(context, [list], async () => ({ list }));
}

/** `POST /api/jobs/{id}/messages/clear`: the same, and takes them: each is given to one caller. */
export async function clearMessages(context: HttpContext): Promise<Response> {
  await refuseContent(context.req.raw);
  const { user } = context.var;
  return context.json({ list: await context.env.progressManager.messages(refOf(context), { clear: true }, { user }) });
}

function refOf(context: HttpContext): string {
  return context.req.param('job') ?? '';
}
