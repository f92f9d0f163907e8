import { isUnfinished, type JobView } from '../client/job.js';

/** The two lists of a panel, in the order in which they are shown. */
export interface Arranged {
  readonly unfinished: readonly JobView[];
  readonly finished: readonly JobView[];
}

/** How long a job that has just ended stays where it was, so that its end is seen. */
const SETTLE_MS = 1500;

/**
 * Keeps rows where they are while somebody points at them: then nothing moves up or down, jobs that end stay in
 * their place, and new ones come below. Otherwise the server's order is taken.
 */
export class RowOrder {
  #unfinished: readonly string[] = [];
  #finished: readonly string[] = [];
  #endedAt = new Map<string, number>();

  /** `now` in milliseconds, of any clock that does not go back. */
  arrange(jobs: readonly JobView[], now: number, isHeld: boolean): Arranged {
    const above = new Set(this.#unfinished);
    const isSettling = (job: JobView): boolean => above.has(job.id) && now - this.#noteEnd(job, now) < SETTLE_MS;
    const staysAbove = (job: JobView): boolean => isUnfinished(job) || isSettling(job) || (isHeld && above.has(job.id));
    const unfinished = jobs.filter(staysAbove);
    const finished = jobs.filter((job) => !unfinished.includes(job));
    const isStill = isHeld || !unfinished.every(isUnfinished);
    const arranged = {
      unfinished: isStill ? keepOrder(this.#unfinished, unfinished) : unfinished,
      finished: isHeld ? keepOrder(this.#finished, finished) : finished,
    };
    this.#unfinished = arranged.unfinished.map(({ id }) => id);
    this.#finished = arranged.finished.map(({ id }) => id);
    const ended = new Set(arranged.unfinished.filter((job) => !isUnfinished(job)).map(({ id }) => id));
    this.#endedAt = new Map([...this.#endedAt].filter(([id]) => ended.has(id)));
    return arranged;
  }

  /** Milliseconds until a job that has just ended may move; `undefined` when there is none. */
  settlesIn(now: number): number | undefined {
    const waits = [...this.#endedAt.values()].map((endedAt) => endedAt + SETTLE_MS - now).filter((wait) => wait > 0);
    return waits.length === 0 ? undefined : Math.min(...waits);
  }

  #noteEnd(job: JobView, now: number): number {
    const known = this.#endedAt.get(job.id);
    if (known !== undefined) return known;
    this.#endedAt.set(job.id, now);
    return now;
  }
}

function keepOrder(order: readonly string[], jobs: readonly JobView[]): readonly JobView[] {
  const place = new Map(order.map((id, index) => [id, index]));
  const placeOf = (job: JobView): number => place.get(job.id) ?? order.length;
  return jobs.toSorted((one, other) => placeOf(one) - placeOf(other));
}
