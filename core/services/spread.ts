import type { JobContext, ProgressJob } from '../contracts/progress-job.js';

/**
 * The `run` of a type whose data is a list: calls a procedure with the entries of the list as its arguments, after the
 * context. `run: spread(async (context, number: number, file: string) => …)`. A job whose data is no list fails.
 */
export function spread<A extends readonly unknown[], R>(
  procedure: (context: JobContext, ...given: A) => R,
): (job: Pick<ProgressJob, 'data'>, context: JobContext) => R {
  return ({ data }, context) => {
    if (!Array.isArray(data)) throw new TypeError('The data of this job is to be the list of its arguments.');
    return procedure(context, ...(data as unknown as A));
  };
}
