import { z } from 'zod';
import type { Notification } from '../contracts/notification.js';
import { checked } from './checked.js';
import type { HttpContext } from './http-context.js';
import { readJson } from './json-body.js';
import { queryOf } from './query.js';

const filter = z.strictObject({
  unread: z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .transform((word) => word === 'true')
    .optional(),
  limit: z
    .string()
    .regex(/^[0-9]{1,9}$/, 'must be a whole number')
    .transform(Number)
    .optional(),
  cursor: z.string().optional(),
});

/** `GET /api/notifications?unread=&limit=&cursor=`: what the caller was told, the newest first. */
export async function listNotifications(context: HttpContext): Promise<Response> {
  const { user } = context.var;
  const page = await context.env.progressManager.notifications({ user }, queryOf(context.req.raw, filter));
  return context.json({ list: page.list.map(viewOf), unread: page.unread, nextCursor: page.nextCursor ?? null });
}

const which = z.union(
  [z.strictObject({ ids: z.array(z.int().positive()).max(200) }), z.strictObject({ all: z.literal(true) })],
  { error: 'must hold either "ids" (at most 200 ids of notifications) or "all": true' },
);

/** `POST /api/notifications/read` `{ids}` or `{all: true}`: `{read}` says how many were not read before. */
export async function readNotifications(context: HttpContext): Promise<Response> {
  const given = checked(which, await readJson(context.req.raw), 'body');
  const { user } = context.var;
  const ids = 'ids' in given ? given.ids : 'all';
  return context.json({ read: await context.env.progressManager.markNotificationsRead({ user }, ids) });
}

function viewOf({ id, jobId, jobNumber, type, status, text, createdAt, isRead }: Notification) {
  return { id, jobId, jobNumber, type, status, text, createdAt, isRead };
}
