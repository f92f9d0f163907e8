import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { z } from 'zod';
import type { User } from '../contracts/user.js';
import { SESSION_COOKIE, unauthorized } from './access.js';
import { checked } from './checked.js';
import type { HttpContext } from './http-context.js';
import { readJson } from './json-body.js';
import { refuseNamedOtherOrigins } from './same-origin.js';

/** The store ends sessions by the database's clock; the browser may keep the cookie for as long. */
const SESSION_SECONDS = 30 * 24 * 60 * 60;

const credentials = z.union([z.strictObject({ key: z.string() }), z.strictObject({ code: z.string() })], {
  error: 'must hold either "key" or "code", a text',
});

/** `POST /api/session {key}` or `{code}`: the cookie of a new session, and whose it is. */
export async function beginSession(context: HttpContext): Promise<Response> {
  refuseNamedOtherOrigins(context.req.raw);
  const { accessStore, signIn } = context.env;
  const given = checked(credentials, await readJson(context.req.raw), 'body');
  const user = 'key' in given ? await accessStore.userOfKey(given.key) : signIn.redeem(given.code);
  const token = user && (await accessStore.beginSession('key' in given ? given : { user }));
  if (!user || !token)
    throw unauthorized('key' in given ? 'This key is not valid.' : 'This sign-in code has been used or is too old.');
  setCookie(context, SESSION_COOKIE, token, {
    httpOnly: true,
    sameSite: 'Lax',
    path: '/',
    secure: isEncrypted(context.req.raw),
    maxAge: SESSION_SECONDS,
  });
  return context.json(userView(user));
}

/** `DELETE /api/session`: signs out. */
export async function endSession(context: HttpContext): Promise<Response> {
  const token = getCookie(context, SESSION_COOKIE);
  if (token) await context.env.accessStore.endSession(token);
  deleteCookie(context, SESSION_COOKIE, { path: '/' });
  return context.body(null, 204);
}

/** `GET /api/me`: who the caller is. */
export function showCaller(context: HttpContext): Response {
  return context.json(userView(context.var.user));
}

/**
 * Did the browser come by TLS, to us or to a proxy before us? Who lies in the header only keeps their own browser from
 * giving the cookie back.
 */
function isEncrypted(request: Request): boolean {
  const [first = ''] = (request.headers.get('X-Forwarded-Proto') ?? '').split(',');
  return new URL(request.url).protocol === 'https:' || first.trim().toLowerCase() === 'https';
}

function userView({ id, isAdmin }: User): { id: string; isAdmin: boolean } {
  return { id, isAdmin };
}
