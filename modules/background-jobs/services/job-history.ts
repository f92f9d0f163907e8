import { everyJob, isTerminal, type Job, type JobFilter, TERMINAL_STATUSES } from 'progress-manager';
import type { BackgroundJobs } from './background-jobs.js';

const MOST_FINISHED = 1000;
/** A listing gives hidden and closed jobs only when it is asked for them. */
const PARTS = [false, true].flatMap((isHidden) => [false, true].map((isClosed) => ({ isHidden, isClosed })));

/** All unfinished jobs, and the finished ones among the 1,000 that were pushed last, which the filter leaves; newest first. */
export async function jobsOfHistory({ progressManager, acting }: BackgroundJobs, filter: JobFilter): Promise<Job[]> {
  const numbers: number[] = [];
  for (const part of filter.status?.some(isTerminal) === false ? [] : PARTS) {
    const end = numbers.length + MOST_FINISHED;
    const finished = { ...part, status: TERMINAL_STATUSES };
    for await (const { number } of everyJob(finished, (page) => progressManager.findVersions(page, acting)))
      if (numbers.push(number) === end) break;
  }
  const oldest = numbers.sort((one, other) => other - one)[MOST_FINISHED - 1] ?? 0;
  const found = new Map<number, Job>();
  for (const part of PARTS) {
    for await (const job of everyJob({ ...filter, ...part }, (page) => progressManager.find(page, acting))) {
      if (isTerminal(job.status) && job.number < oldest) break;
      found.set(job.number, job);
    }
  }
  return [...found.values()].sort((one, other) => other.number - one.number);
}
