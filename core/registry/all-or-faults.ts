import { ConfigurationError } from '../contracts/errors.js';

/** All of these; or one ConfigurationError with the faults of all of them. Throws on what is thrown otherwise. */
export async function allOrFaults<T extends readonly unknown[]>(
  promises: {
    readonly [P in keyof T]: Promise<T[P]>;
  },
): Promise<T> {
  const settled = await Promise.allSettled(promises);
  const reasons: unknown[] = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  const other = reasons.find((reason) => !(reason instanceof ConfigurationError));
  if (other !== undefined) throw other;
  if (reasons.length > 0)
    throw new ConfigurationError((reasons as ConfigurationError[]).flatMap(({ faults }) => faults));
  return settled.map((each) => (each as PromiseFulfilledResult<unknown>).value) as unknown as T;
}
