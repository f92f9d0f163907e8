import type { JobFilter, JobPage } from './contracts/job-store.js';

/**
 * All that a filter finds, in the order of `find`, read page by page as they are asked for:
 * `everyJob({ type: ['export'] }, (page) => progressManager.find(page, { user }))`, or with `findVersions`. What becomes of
 * one of them meanwhile keeps none of the others away; one that ends may come twice, unless the filter names statuses.
 * Throws as `find`.
 */
export async function* everyJob<J>(
  filter: JobFilter,
  find: (page: JobFilter) => Promise<JobPage<J>>,
): AsyncGenerator<J> {
  for (let page: JobFilter | undefined = { limit: 200, ...filter }; page !== undefined; ) {
    const { list, nextCursor }: JobPage<J> = await find(page);
    yield* list;
    page = nextCursor === undefined ? undefined : { ...page, cursor: nextCursor };
  }
}
