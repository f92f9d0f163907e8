import type { Next } from 'hono';
import { getCookie } from 'hono/cookie';
import type { User } from '../contracts/user.js';
import type { HttpContext } from './http-context.js';
import { HttpError } from './http-error.js';
import { refuseNamedOtherOrigins, refuseOtherOrigins } from './same-origin.js';

export const SESSION_COOKIE = 'progress_manager_session';

/** Lets in who brings a valid key (`Authorization: Bearer …`) or session cookie, as `context.var.user`; 401 otherwise. */
export async function authenticate(context: HttpContext, next: Next): Promise<void> {
  context.set('user', await callerOf(context));
  await next();
}

/** Who asks. `keyIn`: where a key may stand besides, which then goes before the header. Throws HttpError, 401 or 403. */
export async function callerOf(
  context: HttpContext,
  keyIn: (request: Request) => string | undefined = () => undefined,
): Promise<User> {
  const { accessStore } = context.env;
  const key = keyIn(context.req.raw) ?? bearerKey(context.req.header('Authorization'));
  const byKey = key === undefined ? undefined : await accessStore.userOfKey(key);
  // A key that opens nothing is not made good by a cookie: the caller means the key.
  if (key !== undefined && !byKey) throw unauthorized('This key is not valid.');

  const token = getCookie(context, SESSION_COOKIE);
  const bySession = token ? await accessStore.userOfSession(token) : undefined;
  const user = byKey ?? bySession;
  if (!user) throw unauthorized('Sign in, or send a key as "Authorization: Bearer <key>".');
  if (byKey && bySession && !isSame(byKey, bySession)) {
    throw new HttpError(
      400,
      'two_credentials',
      'The key and the session cookie belong to different users. Send one of them.',
    );
  }
  // Browsers send cookies along by themselves, keys never: only then another site may be behind the request.
  if (!byKey) refuseOtherOrigins(context.req.raw);
  // Except one in a Basic header, which a browser remembers: it is taken as a key by modules that ask for it.
  else if (/^basic /i.test(context.req.header('Authorization') ?? '')) refuseNamedOtherOrigins(context.req.raw);
  return user;
}

export function unauthorized(message: string): HttpError {
  return new HttpError(401, 'unauthorized', message, { 'WWW-Authenticate': 'Bearer realm="progress-manager"' });
}

/** The key of a bearer header, `''` for one without; `undefined` for other schemes, which are not addressed to us. */
function bearerKey(header: string | undefined): string | undefined {
  return header === undefined ? undefined : /^bearer(?: +(.*))?$/i.exec(header)?.slice(1).join('');
}

function isSame(one: User, other: User): boolean {
  return one.id === other.id && one.isAdmin === other.isAdmin;
}
