const SECOND_MS = 1000;
const HOUR_MS = 60 * 60 * SECOND_MS;
/** How far a place's clock may be from UTC: 12 hours behind, 14 ahead; one more for the search. */
const MOST_BEHIND_MS = 13 * HOUR_MS;
const MOST_AHEAD_MS = 15 * HOUR_MS;

/** The instant UTC itself is a zone of: it needs no search. */
const isUtc = (name: string) => /^(?:Etc\/)?(?:UTC|UCT|Universal|Zulu)$/i.test(name);

/**
 * The clock on the wall of a time zone. Wall times are whole seconds, written as the milliseconds at which UTC shows
 * them; instants are milliseconds since 1970.
 */
export class Zone {
  readonly #format: Intl.DateTimeFormat | undefined;

  /** `name`: as IANA's, for example "Europe/Berlin". Throws RangeError for one that Node does not know. */
  constructor(name: string) {
    // Newer versions of Node take "+02:00" too, which is no place and has no rules.
    if (!/^[A-Za-z]/.test(name)) throw new RangeError(`Invalid time zone specified: ${name}`);
    const format = new Intl.DateTimeFormat('en-US', { ...FIELDS, timeZone: name });
    this.#format = isUtc(name) ? undefined : format;
  }

  /** What the clock shows at an instant. */
  wallAt(instant: number): number {
    const whole = Math.floor(instant / SECOND_MS) * SECOND_MS;
    if (!this.#format) return whole;
    const [month = 1, day, year = 0, hour, minute, second] = (this.#format.format(whole).match(/\d+/g) ?? []).map(
      Number,
    );
    return Date.UTC(year, month - 1, day, hour, minute, second);
  }

  /** The first instant at which the clock shows this; where it leaps over it, the instant of the leap. */
  firstInstantOf(wall: number): number {
    if (!this.#format) return wall;
    const earliest = wall - MOST_AHEAD_MS;
    const latest = wall + MOST_BEHIND_MS;
    const [before, after] = [this.#offsetAt(earliest), this.#offsetAt(latest)];
    for (const instant of [wall - Math.max(before, after), wall - Math.min(before, after)]) {
      if (this.wallAt(instant) === wall) return instant;
    }
    return this.#changeAfter(earliest, latest);
  }

  /**
   * The first wall time that has not been there by this instant: everything before it has been shown, or leapt over.
   * While a clock that was put back repeats itself, that is where it was put back.
   */
  firstToCome(instant: number): number {
    const wall = this.wallAt(instant);
    const whole = Math.floor(instant / SECOND_MS) * SECOND_MS;
    const first = this.firstInstantOf(wall);
    if (first === whole) return wall + SECOND_MS;
    return this.#changeAfter(first, whole) + (wall - first);
  }

  #offsetAt(instant: number): number {
    return this.wallAt(instant) - instant;
  }

  /** The second at which the offset stops being what it is at `from`. It is another one at `to`. */
  #changeAfter(from: number, to: number): number {
    const offset = this.#offsetAt(from);
    let [before, after] = [from / SECOND_MS, to / SECOND_MS];
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (this.#offsetAt(middle * SECOND_MS) === offset) before = middle;
      else after = middle;
    }
    return after * SECOND_MS;
  }
}

const FIELDS = {
  calendar: 'gregory',
  numberingSystem: 'latn',
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
} as const;
