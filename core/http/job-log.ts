import { z } from 'zod';
import { JOB_LOG_LEVELS, type LogLine } from '../contracts/job-log.js';
import { answerIfChanged } from './etag.js';
import type { HttpContext } from './http-context.js';
import { queryOf, wholeNumber } from './query.js';

/** A line as programs and pages get it. */
export interface LogLineView extends Omit<LogLine, 'details'> {
  /** `null` for none. */
  readonly details: unknown;
}

export const logLineView = (line: LogLine): LogLineView => ({ ...line, details: line.details ?? null });

const logQuery = z.strictObject({
  after: wholeNumber.optional(),
  limit: wholeNumber.optional(),
  attempt: wholeNumber.optional(),
  level: z.enum(JOB_LOG_LEVELS, { error: `must be of ${JOB_LOG_LEVELS.join(', ')}` }).optional(),
});

/** `GET /api/jobs/{id}/log?after=&limit=&attempt=&level=`: lines, the oldest first; `next` is the `after` of the next look. */
export async function showLog(context: HttpContext): Promise<Response> {
  const query = queryOf(context.req.raw, logQuery);
  const ref = context.req.param('job') ?? '';
  const { list, next } = await context.env.progressManager.log(ref, query, { user: context.var.user });
  const lines = list.map(logLineView);
  return answerIfChanged(context, [lines], async () => ({ list: lines, next }));
}
