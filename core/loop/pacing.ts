import type { Estimate, Pace } from '../contracts/job-store.js';

/** What is long ago counts half once the job was worked on for another fifth of its time … */
const HALF_LIFE_OF_WORK = 0.2;
/** … and not before so long, ms. */
const LEAST_HALF_LIFE_MS = 5000;
/** Nothing is foretold sooner, ms of work: the first moves say little. */
const LEAST_WORK_MS = 1000;
/** Nor what lies beyond 30 days: nobody plans by that. */
const MOST_LEFT_MS = 30 * 24 * 60 * 60 * 1000;

/** Where the bar is. */
export interface Position {
  /** Percent of the whole job. */
  readonly progress: number;
  /** The phase, from 1, and the percent at which it ends; without phases all is one. */
  readonly phase?: { readonly index: number; readonly until: number } | undefined;
}

/**
 * How fast a job comes on while a worker carries it, and when it will have ended: the rest of its phase at the pace of
 * late, later phases at its pace so far. Times are of the process's monotonic clock, ms.
 */
export class Pacing {
  #pace: Pace;
  #at: { readonly progress: number; readonly phase: number };
  #since: number;

  /** `pace`: as it stands in the row; `since`: when this worker began to carry it. */
  constructor(pace: Pace | undefined, progress: number, phase: number | undefined, since: number) {
    this.#pace = pace ?? { percent: 0, ms: 0, workMs: 0 };
    this.#at = { progress, phase: phase ?? 1 };
    this.#since = since;
  }

  get pace(): Pace {
    return this.#pace;
  }

  /** When the last move was seen. */
  get since(): number {
    return this.#since;
  }

  /** The bar stands here now. A phase that has begun has a pace of its own. */
  moved(to: Position, now: number): Estimate {
    const ms = Math.max(0, now - this.#since);
    const percent = Math.max(0, to.progress - this.#at.progress);
    const phase = to.phase?.index ?? 1;
    const workMs = Math.round(this.#pace.workMs + ms);
    const kept = 2 ** (-ms / Math.max(LEAST_HALF_LIFE_MS, workMs * HALF_LIFE_OF_WORK));
    this.#pace =
      phase === this.#at.phase
        ? { percent: this.#pace.percent * kept + percent, ms: Math.round(this.#pace.ms * kept + ms), workMs }
        : { percent: 0, ms: 0, workMs };
    this.#at = { progress: Math.max(to.progress, this.#at.progress), phase };
    this.#since = now;
    return { pace: this.#pace, leftMs: leftOf(this.#pace, to) };
  }
}

function leftOf({ percent, ms, workMs }: Pace, { progress, phase }: Position): number | undefined {
  if (workMs < LEAST_WORK_MS || !(progress > 0)) return undefined;
  const { until = 100 } = phase ?? {};
  const soFar = workMs / progress;
  const lately = percent > 0 ? ms / percent : soFar;
  const left = Math.round(Math.max(0, until - progress) * lately + (100 - until) * soFar);
  return left <= MOST_LEFT_MS ? left : undefined;
}
