/** So many jobs of a type may begin within any so many milliseconds. */
export interface Rate {
  /** 1 to 1,000. */
  readonly limit: number;
  /** Milliseconds, 1 to 7 days. */
  readonly per: number;
}

/**
 * How many jobs of a type may run at once, over all workers, and how fast they may begin. A job runs from its first slice
 * until it ends, also between its slices; not while it is paused, waits for another try, or for jobs that it added.
 */
export interface TypeLimits {
  /** Of the type. */
  readonly limit?: number;
  /** Of one owner; jobs without an owner are not counted. */
  readonly limitPerOwner?: number;
  /** Of one group, as the push says it (`group`); jobs without one are not counted. */
  readonly limitPerGroup?: number;
  readonly rate?: Rate;
}

/** What is said of a type with at least one limit; `undefined` for one without. */
export function limitsOf({ limit, limitPerOwner, limitPerGroup, rate }: TypeLimits): TypeLimits | undefined {
  const limits = {
    ...(limit !== undefined && { limit }),
    ...(limitPerOwner !== undefined && { limitPerOwner }),
    ...(limitPerGroup !== undefined && { limitPerGroup }),
    ...(rate !== undefined && { rate }),
  };
  return Object.keys(limits).length > 0 ? limits : undefined;
}

/** The scope of a pause that holds for every type. */
export const EVERY_TYPE = '*';
