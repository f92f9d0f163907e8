/**
 * What is mostly there at once, and where something has to be waited for, a promise of it: a dozen promises cost as much
 * as all the rest of a short slice.
 */
export type Soon<T> = T | Promise<T>;

/** `next` of it, as soon as it is there. */
export function soon<T, U>(value: Soon<T>, next: (value: T) => Promise<U>): Promise<U>;
export function soon<T, U>(value: Soon<T>, next: (value: T) => Soon<U>): Soon<U>;
export function soon<T, U>(value: Soon<T>, next: (value: T) => Soon<U>): Soon<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
