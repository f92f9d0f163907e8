/** When a worker dies in a test. */
export type Kill =
  | { readonly afterSlices: number }
  | { readonly atStatement: number; readonly side: 'before' | 'after' };

/**
 * The worker dies, as after `kill -9`, once so many slices of the job are recorded: in the middle of the next one,
 * which runs, but of which nothing is recorded. 0: in the first.
 */
export function killAfter(slices: number): Kill {
  return { afterSlices: whole('killAfter', slices, 0) };
}

/**
 * The worker dies right before its n-th statement to the database is sent, counted from 1 and from the claim on, or
 * `'after'` it was carried out, before the answer is heard.
 */
export function killAtStatement(statement: number, side: 'before' | 'after' = 'before'): Kill {
  if (side !== 'before' && side !== 'after') throw new RangeError('killAtStatement: the side is "before" or "after".');
  return { atStatement: whole('killAtStatement', statement, 1), side };
}

/** As an error names it. */
export function describeKill(kill: Kill): string {
  return 'afterSlices' in kill ? `after slice ${kill.afterSlices}` : `${kill.side} statement ${kill.atStatement}`;
}

function whole(what: string, value: number, least: number): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`${what}: ${value} is no whole number from ${least} on.`);
}
