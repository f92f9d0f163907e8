import type { Job } from './contracts/job.js';
import type { JobFilter } from './contracts/job-store.js';
import type { As, ProgressManager } from './progress-manager.js';

/**
 * All jobs that the filter finds, in the order of `find`, read page by page as they are asked for. What becomes of one of
 * them meanwhile keeps none of the others away; one that ends may come twice, unless the filter names statuses. Throws as
 * `find`.
 */
export async function* everyJob(
  progressManager: Pick<ProgressManager, 'find'>,
  filter: JobFilter = {},
  as: As = {},
): AsyncGenerator<Job> {
  for (let page: JobFilter | undefined = { limit: 200, ...filter }; page !== undefined; ) {
    const { list, nextCursor } = await progressManager.find(page, as);
    yield* list;
    page = nextCursor === undefined ? undefined : { ...page, cursor: nextCursor };
  }
}
