import type { Logger } from '../contracts/logger.js';
import type { RegisteredSchedule } from '../contracts/schedule.js';
import type { ScheduleState, ScheduleStore } from '../contracts/schedule-store.js';

/** So often a worker says that it has a schedule as the table has it, ms. */
const SEEN_EVERY_MS = 60_000;
/** A schedule that nobody has had for so long as the table has it is anybody's to change, ms. */
const UNSEEN_MS = 180_000;

/** How the table stands, at a moment of the database's clock. */
export interface Seen {
  readonly states: ReadonlyMap<string, ScheduleState>;
  /** Milliseconds since 1970. */
  readonly clock: number;
}

/**
 * Brings the schedules of our modules into the table. Where workers have different times for one schedule – while a
 * new version is rolled out – the one that started last has the say; the others leave the schedule alone, unless nobody
 * is left who has it so.
 */
export class Declarations {
  readonly #warned = new Set<string>();

  constructor(
    private readonly store: ScheduleStore,
    private readonly logger: Logger,
  ) {}

  /** Which of these the table has as we do. `isFirst`: we have just started. */
  async current(
    schedules: readonly RegisteredSchedule[],
    { states, clock }: Seen,
    isFirst: boolean,
  ): Promise<ReadonlySet<RegisteredSchedule>> {
    const current: RegisteredSchedule[] = [];
    for (const schedule of schedules) {
      if (await this.#isCurrent(schedule, states.get(schedule.key), clock, isFirst)) current.push(schedule);
    }
    const unsaid = current.filter(({ key }) => Date.parse(states.get(key)?.seenAt ?? '') + SEEN_EVERY_MS < clock);
    if (unsaid.length > 0) await this.store.seen(unsaid.map(({ key }) => key));
    return new Set(current);
  }

  async #isCurrent(
    schedule: RegisteredSchedule,
    state: ScheduleState | undefined,
    clock: number,
    isFirst: boolean,
  ): Promise<boolean> {
    const { key, module, cron, timeZone, config } = schedule;
    const isSame = state?.cron === cron && state.timeZone === timeZone;
    const isKnown = isSame && state.module === module && state.type === config.type;
    if (isKnown || (isSame && !isFirst)) return true;
    if (!state || isFirst || Date.parse(state.seenAt) + UNSEEN_MS < clock) {
      await this.store.declare({ key, module, type: config.type, cron, timeZone });
      // Where its times have changed, the next look says what is due by them.
      return isSame;
    }
    this.#warn(schedule, state);
    return false;
  }

  #warn({ key, cron, timeZone }: RegisteredSchedule, state: ScheduleState): void {
    if (this.#warned.has(key)) return;
    this.#warned.add(key);
    this.logger.warn(
      { schedule: key, here: `${cron} ${timeZone}`, there: `${state.cron} ${state.timeZone}` },
      'a worker that started later has other times for this schedule; this one leaves it alone',
    );
  }
}
