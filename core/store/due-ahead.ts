import type { Candidate, DueJobs } from './due-jobs.js';

/** How long one look serves claims, ms: what becomes due or is pushed with a higher priority waits no longer for its turn. */
const FRESH_MS = 100;
/** What one look finds at most for claims that follow one another closely. */
const MOST_AHEAD = 500;
/** Who has met another claimer looks for each claim, so long, ms: what was found before would be the other's by now. */
const SHY_MS = 1000;

/**
 * What one look found, for the claims that follow it closely. Where jobs are short, a look for each claim costs the
 * database as much as the jobs themselves. Nothing is held: the claim's own guards say whether a job may still be taken.
 */
export class DueAhead {
  #found: readonly Candidate[] = [];
  #types: readonly string[] = [];
  #lookedAt = Number.NEGATIVE_INFINITY;
  #metAt = Number.NEGATIVE_INFINITY;
  /** There may be more than the look asked for. */
  #mayBeMore = false;

  constructor(private readonly due: DueJobs) {}

  /** What is due, in its order: of each type so many, where there are. */
  async candidates(types: readonly string[], limit: number): Promise<readonly Candidate[]> {
    const now = performance.now();
    const isFresh = now - this.#lookedAt < FRESH_MS && sameOf(types, this.#types);
    if (isFresh && this.#found.length >= limit) return this.#found;
    const looksAhead = isFresh && this.#mayBeMore && now - this.#metAt > SHY_MS;
    const most = looksAhead ? Math.max(limit, Math.ceil(MOST_AHEAD / types.length)) : limit;
    this.forget();
    this.#found = await this.due.candidates(types, most);
    this.#lookedAt = now;
    this.#types = types;
    this.#mayBeMore = this.#found.length >= most;
    return this.#found;
  }

  /** These were chosen of what was found, and so many of them won. */
  took(numbers: readonly number[], won: number): void {
    if (won < numbers.length) {
      this.#metAt = performance.now();
      this.forget();
    } else {
      const taken = new Set(numbers);
      this.#found = this.#found.filter(({ number }) => !taken.has(number));
    }
  }

  /** The next claim looks for itself. */
  forget(): void {
    this.#found = [];
    this.#lookedAt = Number.NEGATIVE_INFINITY;
  }
}

/** Whatever their order. */
const sameOf = (some: readonly string[], others: readonly string[]) =>
  some.length === others.length && some.every((each) => others.includes(each));
