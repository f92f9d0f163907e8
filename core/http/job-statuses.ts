import { z } from 'zod';
import { InvalidInputError } from '../contracts/errors.js';
import type { JobRef } from '../contracts/job-store.js';
import { jobRef } from '../job-ref.js';
import { checked } from './checked.js';
import type { HttpContext } from './http-context.js';
import { type JobView, listedJob } from './job-view.js';
import { readJson } from './json-body.js';

const MOST = 200;

const asked = z.strictObject({
  jobs: z
    .array(z.union([z.string(), z.number()]))
    .max(MOST, `may have ${MOST} at most`)
    .optional(),
  groups: z.array(z.string()).max(MOST, `may have ${MOST} at most`).optional(),
});

/**
 * `POST /api/jobs/status` `{jobs?, groups?}`: how these jobs stand, by what they were asked by, and the newest job of
 * each group; what the caller may not see is left out. One question for all that a page shows.
 */
export async function showStatuses(context: HttpContext): Promise<Response> {
  const { progressManager } = context.env;
  const { user } = context.var;
  const { jobs = [], groups = [] } = checked(asked, await readJson(context.req.raw), 'body');
  const views = async (refs: readonly (readonly [name: string, ref: JobRef])[]): Promise<Record<string, JobView>> => {
    const found: Record<string, JobView> = Object.create(null);
    for (const [name, ref] of refs) {
      const job = await progressManager.get(ref, { user });
      if (job) found[name] = await listedJob(job, user, progressManager);
    }
    return found;
  };
  const newest =
    groups.length === 0 ? [] : (await progressManager.find({ newestOfGroup: groups, limit: MOST }, { user })).list;
  return context.json({
    jobs: await views(jobs.map((name) => [String(name), refOf(name)])),
    groups: await views(newest.map(({ group = '', number }) => [group, number])),
  });
}

function refOf(name: string | number): JobRef {
  const ref = jobRef(name);
  if (ref === undefined)
    throw new InvalidInputError('jobs', `"${String(name).slice(0, 100)}" is neither an id nor a number of a job.`);
  return ref;
}
