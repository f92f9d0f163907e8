/** A queue that is measured: ours, the raw limit, or a peer. */
export interface Contender {
  readonly name: string;
  /** Pushes so many jobs, each caller the next one when its last is answered; gives the milliseconds it takes. */
  push(jobs: number, callers: number): Promise<number>;
  /** Puts so many jobs in by whatever is fastest. */
  fill(jobs: number): Promise<unknown>;
  /** Carries all that is there to its end, so many at once; gives the milliseconds from the start of the worker. */
  execute(jobs: number, atOnce: number): Promise<number>;
  /** Removes all jobs. */
  empty(): Promise<void>;
  close(): Promise<void>;
}

/** `jobs` calls by so many callers, each of which waits for its last before its next; gives the milliseconds it takes. */
export async function byCallers(jobs: number, callers: number, call: () => Promise<unknown>): Promise<number> {
  let left = jobs;
  const caller = async () => {
    while (left-- > 0) await call();
  };
  return timed(() => Promise.all(Array.from({ length: callers }, caller)));
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}

/** Resolves when `done` was called so often. */
export function countdown(jobs: number): { readonly done: () => void; readonly ended: Promise<void> } {
  let left = jobs;
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { done: () => void (--left === 0 && end()), ended };
}
