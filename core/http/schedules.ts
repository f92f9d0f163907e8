import type { HttpContext } from './http-context.js';
import { singleJob } from './job-view.js';
import { found } from './jobs.js';
import { refuseContent } from './json-body.js';
import { scheduleJson } from './schedule-view.js';

/** `GET /api/schedules`: what is pushed by the clock. Admins. */
export async function listSchedules(context: HttpContext): Promise<Response> {
  const schedules = await context.env.progressManager.schedules({ user: context.var.user });
  return context.json(schedules.map(scheduleJson));
}

/** `POST /api/schedules/{name}/run`: 202 with a job of it, besides its runs. */
export async function runSchedule(context: HttpContext): Promise<Response> {
  const { progressManager } = context.env;
  const { user } = context.var;
  await refuseContent(context.req.raw);
  const { id } = await progressManager.runScheduleNow(nameOf(context), { user });
  const job = await singleJob(await found(context, id), user, progressManager);
  return context.json(job, 202, { Location: `/api/jobs/${id}` });
}

/** `POST /api/schedules/{name}/pause`: lets its runs pass. */
export async function pauseSchedule(context: HttpContext): Promise<Response> {
  await refuseContent(context.req.raw);
  const { user } = context.var;
  return context.json(scheduleJson(await context.env.progressManager.pauseSchedule(nameOf(context), { user })));
}

/** `POST /api/schedules/{name}/resume`: runs again. */
export async function resumeSchedule(context: HttpContext): Promise<Response> {
  await refuseContent(context.req.raw);
  const { user } = context.var;
  return context.json(scheduleJson(await context.env.progressManager.resumeSchedule(nameOf(context), { user })));
}

function nameOf(context: HttpContext): string {
  return context.req.param('schedule') ?? '';
}
