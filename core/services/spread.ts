import type { JobContext } from '../contracts/progress-job.js';

/** The arguments that a list gives; of data that nobody has declared nothing is known. */
type ArgumentsOf<D> = D extends readonly [...infer A] ? A : never[];

/**
 * The `run` of a type whose data is a list: calls a procedure with the entries of the list as its arguments, after the
 * context. `run: spread(async (context, number: number, file: string) => …)`. Where `ProgressJobTypes` declares the data,
 * other arguments do not compile. A job whose data is no list fails.
 */
export function spread<D, R>(
  procedure: (context: JobContext, ...given: ArgumentsOf<NoInfer<D>>) => R,
): (job: { readonly data: D }, context: JobContext) => R {
  return ({ data }, context) => {
    if (!Array.isArray(data)) throw new TypeError('The data of this job is to be the list of its arguments.');
    return procedure(context, ...(data as unknown as ArgumentsOf<D>));
  };
}
