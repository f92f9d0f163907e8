import { z } from 'zod';
import { type JobItem, LISTED_OUTCOMES } from '../contracts/job-items.js';
import { type ItemsOf, itemsCsv } from '../items-csv.js';
import { attachment } from './content-disposition.js';
import { answerIfChanged } from './etag.js';
import type { HttpContext } from './http-context.js';
import { found } from './jobs.js';
import { loggable } from './loggable.js';
import { queryOf, wholeNumber } from './query.js';

/** An item as programs and pages get it. */
export interface JobItemView extends Omit<JobItem, 'reason'> {
  /** `null` for none. */
  readonly reason: string | null;
}

export const jobItemView = (item: JobItem): JobItemView => ({ ...item, reason: item.reason ?? null });

const outcome = z.enum(LISTED_OUTCOMES, {
  error: `must be of ${LISTED_OUTCOMES.join(', ')}: items that went well are counted, not listed`,
});
const itemQuery = z.strictObject({
  outcome: outcome.optional(),
  after: wholeNumber.optional(),
  limit: wholeNumber.optional(),
});
const csvQuery = z.strictObject({ outcome: outcome.optional() });

/** `GET /api/jobs/{id}/items?outcome=&after=&limit=`: items that failed or were skipped, as they were said. */
export async function listItems(context: HttpContext): Promise<Response> {
  const query = queryOf(context.req.raw, itemQuery);
  const ref = context.req.param('job') ?? '';
  const { list, next } = await context.env.progressManager.items(ref, query, { user: context.var.user });
  const items = list.map(jobItemView);
  return answerIfChanged(context, [items], async () => ({ list: items, next }));
}

/** `GET /api/jobs/{id}/items.csv?outcome=`: all of them as a file. */
export async function downloadItems(context: HttpContext): Promise<Response> {
  const query = queryOf(context.req.raw, csvQuery);
  const { user } = context.var;
  const { id, number } = await found(context, context.req.param('job') ?? '');
  const read: ItemsOf = (page) => context.env.progressManager.items(id, { ...query, ...page }, { user });
  // A query that is refused is refused before the file begins.
  await read({ limit: 1 });
  const name = `job-${number}-${query.outcome ?? 'items'}.csv`;
  const isHead = context.req.raw.method === 'HEAD';
  return new Response(isHead ? null : ReadableStream.from(bytes(context, read)), {
    headers: {
      'Content-Type': 'text/csv; charset=utf-8; header=present',
      'Content-Disposition': attachment(name),
      'Cache-Control': 'private, no-cache',
    },
  });
}

/** The status has been sent when reading fails: the caller sees a short body, the log says why. */
async function* bytes(context: HttpContext, read: ItemsOf): AsyncGenerator<Uint8Array> {
  try {
    for await (const rows of itemsCsv(read)) yield Buffer.from(rows);
  } catch (error) {
    context.env.logger.error({ requestId: context.env.requestId, error: loggable(error) }, 'a download broke off');
    throw error;
  }
}
