import { createHash } from 'node:crypto';
import type { JobVersion } from '../contracts/job-store.js';
import type { HttpContext } from './http-context.js';

/** What a reader sees of these jobs changes exactly when this does: no clock is asked. */
export function versionsOf(jobs: readonly JobVersion[]): readonly string[] {
  return jobs.map(({ number, revision }) => `${number}:${revision}`);
}

/** Answers with what `body` gives, or 304 when the caller has just that: `facts` decide, with who asks and what for. */
export async function answerIfChanged(
  context: HttpContext,
  facts: readonly unknown[],
  body: () => Promise<object>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const { id, isAdmin } = context.var.user;
  const { pathname, search } = new URL(context.req.url);
  const seen = JSON.stringify([context.env.registryVersion, id, isAdmin, pathname, search, ...facts]);
  const etag = `W/"${createHash('sha256').update(seen).digest('base64url')}"`;
  const validators = { ETag: etag, 'Cache-Control': 'private, no-cache', Vary: 'Authorization, Cookie', ...headers };
  if (holds(context.req.header('If-None-Match'), etag)) return context.body(null, 304, validators);
  return context.json(await body(), 200, validators);
}

/** Compares weakly, as RFC 9110 asks for If-None-Match. */
export function holds(ifNoneMatch: string | undefined, etag: string): boolean {
  const bare = (tag: string) => tag.trim().replace(/^W\//, '');
  return (ifNoneMatch ?? '').split(',').some((tag) => tag.trim() === '*' || bare(tag) === bare(etag));
}
