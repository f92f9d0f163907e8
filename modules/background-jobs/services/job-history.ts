import { everyJob, type Job, type JobFilter, TERMINAL_STATUSES, UNFINISHED_STATUSES } from 'progress-manager';
import type { BackgroundJobs } from './background-jobs.js';

const [MOST_FINISHED, MOST_NAMED] = [1000, 200];
/** A listing gives hidden and closed jobs only when it is asked for them. */
const PARTS = [false, true].flatMap((isHidden) => [false, true].map((isClosed) => ({ isHidden, isClosed })));

/** All unfinished jobs, and the finished ones among the 1,000 that were pushed last, which the filter leaves; newest first. */
export async function jobsOfHistory({ progressManager, acting }: BackgroundJobs, filter: JobFilter): Promise<Job[]> {
  const found = new Map<number, Job>();
  const take = async (wanted: JobFilter) => {
    for await (const job of everyJob(wanted, (page) => progressManager.find(page, acting))) found.set(job.number, job);
  };
  // First: one that ends meanwhile is among the finished ones then.
  const status = UNFINISHED_STATUSES.filter((one) => filter.status?.includes(one) ?? true);
  for (const part of status.length > 0 ? PARTS : []) await take({ ...filter, ...part, status });
  const numbers: number[] = [];
  const isAnyWanted = TERMINAL_STATUSES.some((one) => filter.status?.includes(one) ?? true);
  for (const part of isAnyWanted ? PARTS : []) {
    const end = numbers.length + MOST_FINISHED;
    const finished = { ...part, status: TERMINAL_STATUSES };
    for await (const { number } of everyJob(finished, (page) => progressManager.findVersions(page, acting)))
      if (numbers.push(number) === end) break;
  }
  const recent = numbers.sort((one, other) => other - one).slice(0, MOST_FINISHED);
  const newest = recent.filter((number) => filter.numbers?.includes(number) ?? true);
  while (newest.length > 0) await take({ ...filter, numbers: newest.splice(0, MOST_NAMED) });
  return [...found.values()].sort((one, other) => other.number - one.number);
}
