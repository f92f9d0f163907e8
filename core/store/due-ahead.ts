import type { Candidate, DueJobs } from './due-jobs.js';

/** How long one look serves claims, ms: what becomes due or is pushed with a higher priority waits no longer for its turn. */
const FRESH_MS = 100;
/** What one look finds for claims that follow one another closely, if no more types are busy than were. */
const MOST_AHEAD = 500;
/** And if all of them are, so many times that at most. */
const MOST_MORE = 10;
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
  /** Of how many types anything was due: only they share what a look may find. */
  #busyTypes = 1;
  /** There may be more than the look asked for. */
  #mayBeMore = false;
  #looks = 0;

  constructor(private readonly due: DueJobs) {}

  /** Of what was found before: so many at least, or nothing. */
  left(types: readonly string[], limit: number): readonly Candidate[] | undefined {
    return this.#isFresh(types) && !this.isShy && this.#found.length >= limit ? this.#found : undefined;
  }

  /** What is due now, in its order: of each type so many, where there are. */
  async look(types: readonly string[], limit: number): Promise<readonly Candidate[]> {
    const looksAhead = this.#isFresh(types) && this.#mayBeMore && !this.isShy;
    const sharing = Math.max(this.#busyTypes, types.length / MOST_MORE);
    const most = looksAhead ? Math.max(limit, Math.ceil(MOST_AHEAD / sharing)) : limit;
    this.forget();
    const lookedAt = performance.now();
    const look = ++this.#looks;
    const found = await this.due.candidates(types, most);
    // One that comes late knows less than the one that began after it.
    if (look !== this.#looks) return found;
    this.#found = found;
    this.#lookedAt = lookedAt;
    this.#types = types;
    this.#mayBeMore = found.length >= most;
    this.#busyTypes = Math.max(1, new Set(found.map(({ type }) => type)).size);
    return found;
  }

  /** These are about to be taken: no other claim of this process is to try the same. */
  take(numbers: readonly number[]): void {
    const taken = new Set(numbers);
    this.#found = this.#found.filter(({ number }) => !taken.has(number));
  }

  /** Others take from the same. */
  met(): void {
    this.#metAt = performance.now();
    this.forget();
  }

  /** The next claim looks for itself. */
  forget(): void {
    this.#found = [];
    this.#lookedAt = Number.NEGATIVE_INFINITY;
  }

  #isFresh(types: readonly string[]): boolean {
    return performance.now() - this.#lookedAt < FRESH_MS && sameOf(types, this.#types);
  }

  /** So many jobs, when each type that is busy has its share of them: about so many of each. */
  shareOf(limit: number): number {
    return Math.ceil(limit / this.#busyTypes) + 1;
  }

  /** Others have taken from the same just now. */
  get isShy(): boolean {
    return performance.now() - this.#metAt <= SHY_MS;
  }
}

/** Whatever their order. */
const sameOf = (some: readonly string[], others: readonly string[]) =>
  some.length === others.length && some.every((each) => others.includes(each));
