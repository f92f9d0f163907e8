const KEY = 'pm-seen-jobs';

/** The newest job that somebody has seen in this browser: over all its tabs, and after a reload. */
export class SeenJobs {
  readonly #key: string;
  #newest: number | undefined;

  /** `whose`: tells servers and users apart. */
  constructor(whose: string) {
    this.#key = `${KEY} ${whose}`;
    this.#newest = this.#stored();
  }

  /** Has a job been pushed since? Not on the very first look, when all of them are old. */
  isNew(newest: number): boolean {
    const known = Math.max(this.#newest ?? -1, this.#stored() ?? -1);
    if (known >= 0) return newest > known;
    this.remember(newest);
    return false;
  }

  remember(newest: number): void {
    this.#newest = Math.max(newest, this.#newest ?? 0, this.#stored() ?? 0);
    try {
      localStorage.setItem(this.#key, String(this.#newest));
    } catch {
      // A browser may keep nothing for this page: then it is known until the page is left.
    }
  }

  #stored(): number | undefined {
    try {
      const number = Number(localStorage.getItem(this.#key) ?? Number.NaN);
      return Number.isSafeInteger(number) ? number : undefined;
    } catch {
      return undefined; // as in remember
    }
  }
}
