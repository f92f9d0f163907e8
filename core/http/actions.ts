import { z } from 'zod';
import { UnknownActionError } from '../contracts/errors.js';
import type { JobFilter, JobRef } from '../contracts/job-store.js';
import { checked } from './checked.js';
import type { HttpContext } from './http-context.js';
import { bodyFilter } from './job-filter.js';
import { singleJob } from './job-view.js';
import { readJson, readOptionalObject } from './json-body.js';
import { problemOf } from './problem.js';

const MOST_AT_ONCE = 200;

/** `POST /api/jobs/{id}/actions/{action}` `{…input}`: presses it. */
export async function performAction(context: HttpContext): Promise<Response> {
  const { progressManager } = context.env;
  const { user } = context.var;
  const input = await readOptionalObject(context.req.raw);
  const { job, result } = await progressManager.act(context.req.param('job') ?? '', actionOf(context), input, { user });
  return context.json({ job: await singleJob(job, user, progressManager), result: result ?? null });
}

const selection = z.union(
  [
    z.strictObject({
      ids: z
        .array(z.union([z.string(), z.int().positive()]))
        .min(1)
        .max(MOST_AT_ONCE),
    }),
    z.strictObject({ filter: bodyFilter }),
  ],
  {
    error: `must hold either "ids" (1 to ${MOST_AT_ONCE} ids or numbers) or "filter" (as in the query of GET /api/jobs)`,
  },
);

/**
 * `POST /api/jobs/actions/{action}` `{ids}` or `{filter}`: presses it on each, one after the other. With a filter
 * that is one page of it; `nextCursor` says where the next call goes on.
 */
export async function performActionOnMany(context: HttpContext): Promise<Response> {
  const { progressManager } = context.env;
  const { user } = context.var;
  const given = checked(selection, await readJson(context.req.raw), 'body');
  const { ids, nextCursor } =
    'ids' in given ? { ids: given.ids, nextCursor: null } : await pageOf(context, given.filter);
  const refused: { readonly id: JobRef; readonly code: string }[] = [];
  const chosen = new Set(ids);
  for (const id of chosen) {
    try {
      await progressManager.act(id, actionOf(context), {}, { user });
    } catch (error) {
      if (error instanceof UnknownActionError) throw error;
      refused.push({ id, code: problemOf(error, context.env).code });
    }
  }
  return context.json({ done: chosen.size - refused.length, refused, nextCursor });
}

async function pageOf(context: HttpContext, filter: JobFilter) {
  const page = await context.env.progressManager.find({ limit: MOST_AT_ONCE, ...filter }, { user: context.var.user });
  return { ids: page.list.map((job) => job.id), nextCursor: page.nextCursor ?? null };
}

function actionOf(context: HttpContext): string {
  return context.req.param('action') ?? '';
}
