import { JobNotFoundError, WaitTimeoutError } from '../contracts/errors.js';
import type { Job } from '../contracts/job.js';
import type { JobRef } from '../contracts/job-store.js';
import { isTerminal, UNFINISHED_STATUSES } from '../contracts/status.js';
import type { As } from '../progress-manager.js';
import { answerIfChanged, versionsOf } from './etag.js';
import type { HttpContext } from './http-context.js';
import { filterOf } from './job-filter.js';
import { listedJob, singleJob } from './job-view.js';
import { secondsToWait } from './prefer.js';
import { readPush } from './push-body.js';

/** How soon an unfinished job is worth another look. */
const LOOK_AGAIN = { 'Retry-After': '1' };

/** A badge has no room for more. */
const OWN_COUNTED = 100;

/** `GET /api/jobs?…`: a page of jobs. Most looks find nothing new: the jobs themselves are read only when one changed. */
export async function listJobs(context: HttpContext): Promise<Response> {
  const { progressManager } = context.env;
  const { user } = context.var;
  const filter = filterOf(context.req.raw, user);
  const seen = await progressManager.findVersions(filter, { user });
  const own = { status: UNFINISHED_STATUSES, userId: user.id };
  const ownUnfinished = await progressManager.count(own, { user }, OWN_COUNTED);
  return answerIfChanged(
    context,
    [versionsOf(seen.list), seen.total, seen.totalIsCapped, seen.nextCursor ?? null, ownUnfinished],
    async () => {
      const { list, total, totalIsCapped, nextCursor = null } = await progressManager.find(filter, { user });
      const views = await Promise.all(list.map((job) => listedJob(job, user, progressManager)));
      return { total, totalIsCapped, list: views, nextCursor, ownUnfinished };
    },
  );
}

/** `GET /api/jobs/counts`: jobs per status. */
export async function countJobs(context: HttpContext): Promise<Response> {
  return context.json(await context.env.progressManager.counts({ user: context.var.user }));
}

/** `POST /api/jobs`: 202 with the job, also when it was there already by its id or key. */
export async function pushJob(context: HttpContext): Promise<Response> {
  const { progressManager } = context.env;
  const { user } = context.var;
  const { name, type, data, options } = await readPush(context.req.raw);
  const { id } = await progressManager.push(name, type, data, options, { user });
  const job = await found(context, id);
  return context.json(await singleJob(job, user, progressManager), 202, { Location: `/api/jobs/${id}`, ...LOOK_AGAIN });
}

/** `GET /api/jobs/{id or number}`: the job now or, with `Prefer: wait=5`, when it ends or after 5 s (30 at most). */
export async function showJob(context: HttpContext): Promise<Response> {
  const ref = context.req.param('job') ?? '';
  const seconds = secondsToWait(context.req.header('Prefer'));
  const atFirst = await found(context, ref);
  const isWaiting = seconds > 0 && !isTerminal(atFirst.status);
  const job = isWaiting ? await whenEnded(context, ref, seconds) : atFirst;
  const { user } = context.var;
  return answerIfChanged(context, versionsOf([job]), () => singleJob(job, user, context.env.progressManager), {
    ...(isTerminal(job.status) ? {} : LOOK_AGAIN),
    ...(seconds > 0 ? { 'Preference-Applied': `wait=${seconds}` } : {}),
  });
}

/** `DELETE /api/jobs/{id}`: removes a finished job. */
export async function removeJob(context: HttpContext): Promise<Response> {
  await context.env.progressManager.remove(context.req.param('job') ?? '', { user: context.var.user });
  return context.body(null, 204);
}

/** The job, for this caller. Throws JobNotFoundError. */
export async function found(context: HttpContext, ref: JobRef): Promise<Job> {
  const as: As = { user: context.var.user };
  const job = await context.env.progressManager.get(ref, as);
  if (!job) throw new JobNotFoundError(ref);
  return job;
}

async function whenEnded(context: HttpContext, ref: JobRef, seconds: number): Promise<Job> {
  const { signal } = context.req.raw;
  try {
    return await context.env.progressManager.wait(ref, { timeout: seconds * 1000, signal, user: context.var.user });
  } catch (error) {
    // Neither is a fault: the time is up, or nobody listens any more.
    if (error instanceof WaitTimeoutError || signal.aborted) return found(context, ref);
    throw error;
  }
}
