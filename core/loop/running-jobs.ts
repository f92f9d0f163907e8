import type { RunningJob } from './running-job.js';

/** The jobs that this process works on now, and those that it has prefetched. */
export class RunningJobs implements Iterable<RunningJob> {
  readonly #jobs = new Map<number, RunningJob>();

  /** Told when a place becomes free. */
  onFree: () => void = () => undefined;

  /** Told of what a job still does after its cut. */
  onLeft: (job: RunningJob, work: Promise<unknown>) => void = () => undefined;

  get size(): number {
    return this.#jobs.size;
  }

  /** Places for other jobs, of so many in all. Each place has one job that is being recorded beside it, and no more. */
  free(places: number): number {
    let busy = 0;
    let ending = 0;
    for (const { isWaiting, isEnding } of this.#jobs.values()) {
      if (isEnding) ending++;
      else if (!isWaiting) busy++;
    }
    return Math.min(places - busy, 2 * places - busy - ending);
  }

  /** Does any wait here for a place? */
  get someWait(): boolean {
    return [...this.#jobs.values()].some(({ isWaiting }) => isWaiting);
  }

  /** The last slice of this job was performed, and is recorded while the next job begins. */
  ends(job: RunningJob): void {
    job.isEnding = true;
    this.onFree();
  }

  [Symbol.iterator](): IterableIterator<RunningJob> {
    return this.#jobs.values();
  }

  /** A job that is held already was claimed again after its lease had ended: the slice that held it must stop. */
  add(job: RunningJob): void {
    this.#jobs.get(job.number)?.stop('lease_lost');
    this.#jobs.set(job.number, job);
    job.leave = (work) => this.onLeft(job, work);
  }

  /** A slice that was cut may end after its job was claimed again: then the newer one stays. */
  remove(job: RunningJob): void {
    if (this.#jobs.get(job.number) === job) this.#jobs.delete(job.number);
  }

  get(number: number): RunningJob | undefined {
    return this.#jobs.get(number);
  }
}
