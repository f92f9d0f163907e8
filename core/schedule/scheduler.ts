import { setTimeout as sleep } from 'node:timers/promises';
import type { Registry } from '../contracts/config.js';
import { describeError } from '../contracts/describe-error.js';
import type { RegisteredSchedule } from '../contracts/schedule.js';
import { CronTimes } from '../cron/cron-times.js';
import { Declarations, type Seen } from './declarations.js';
import { dueRuns } from './due-runs.js';
import { Failures } from './failures.js';
import { RunPushing, type RunPushingParts } from './run-pushing.js';
import { within } from './within.js';

export interface SchedulerParts extends RunPushingParts {
  readonly registry: Registry;
  /** Pause between two looks of the loop, ms; the scheduler looks when something comes due, and every tenth time. */
  readonly intervalMs: number;
  /** How long a stop waits for a push that is under way, ms. */
  readonly graceMs: number;
}

/** A working scheduler, until the next stop. */
interface Session {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

/** Looks while nothing is due, as so many intervals: for a clock that was set, and a machine that slept. */
const LOOK_INTERVALS = 10;
const LONGEST_PAUSE_MS = 5000;

/**
 * Pushes jobs by the clock. Every worker does: a run is whose transaction decides it. The database's clock says what is
 * due; this process's timer only when to look. What schedules and databases do wrong does not end it.
 */
export class Scheduler {
  readonly #times: ReadonlyMap<RegisteredSchedule, CronTimes>;
  readonly #failures = new Failures();
  readonly #declarations: Declarations;
  readonly #runs: RunPushing;
  /** Schedules whose due runs are being decided. */
  readonly #carrying = new Map<RegisteredSchedule, Promise<void>>();
  #session: Session | undefined;
  #resting = new AbortController();
  #isWoken = false;

  constructor(private readonly parts: SchedulerParts) {
    const schedules = [...parts.registry.schedules.values()];
    this.#times = new Map(schedules.map((each) => [each, new CronTimes(each.cron, each.timeZone)]));
    this.#declarations = new Declarations(parts.store, parts.logger);
    this.#runs = new RunPushing(parts, this.#failures);
  }

  /** Begins to look; does nothing when it already does, or no module declares a schedule. */
  start(): void {
    if (this.#times.size === 0 || this.#session) return;
    const stop = new AbortController();
    this.#session = { stop, ended: this.#work(stop.signal) };
  }

  /** Decides nothing more. Ends within the grace time, whatever data functions and the database do. */
  async stop(): Promise<void> {
    const session = this.#session;
    if (!session) return;
    this.#session = undefined;
    session.stop.abort();
    this.#wake();
    await within(Promise.all([session.ended, this.#settled()]), this.parts.graceMs).catch((error: unknown) => {
      this.parts.logger.warn({ error: describeError(error) }, 'a scheduled push was still under way at the stop');
    });
  }

  /** Has seen what the modules declare: runs of a new schedule count from now on. Decides nothing. */
  async see(): Promise<void> {
    if (this.#times.size > 0) await this.#seen(true);
  }

  /** One look, and everything that it finds due is decided. */
  async look(): Promise<void> {
    if (this.#times.size === 0) return;
    await this.#look(new AbortController().signal, true);
    await this.#settled();
  }

  async #work(ends: AbortSignal): Promise<void> {
    let isFirst = true;
    let failures = 0;
    while (!ends.aborted) {
      let pause: number;
      try {
        pause = await this.#look(ends, isFirst);
        isFirst = false;
        failures = 0;
      } catch (error) {
        pause = Math.min(LONGEST_PAUSE_MS, this.parts.intervalMs * 2 ** Math.min(failures++, 10));
        this.parts.logger.error(
          { error: describeError(error), failures },
          'schedules could not be looked at; it is tried again',
        );
      }
      await this.#rest(pause, ends);
    }
  }

  /** Not in step with other workers: who comes later finds the run decided, and prepares nothing. */
  async #rest(milliseconds: number, ends: AbortSignal): Promise<void> {
    this.#resting = new AbortController();
    const { signal } = this.#resting;
    const jitter = Math.random() * Math.min(100, this.parts.intervalMs / 10);
    // Its only error is that it was woken.
    if (!ends.aborted && !this.#isWoken)
      await sleep(milliseconds + jitter, undefined, { signal, ref: false }).catch(() => undefined);
    this.#isWoken = false;
  }

  /** A look now, also when nobody rests just yet. */
  #wake(): void {
    this.#isWoken = true;
    this.#resting.abort();
  }

  /** Begins what is due. Returns how long nothing will be, ms. */
  async #look(ends: AbortSignal, isFirst: boolean): Promise<number> {
    const { seen, readAt, current } = await this.#seen(isFirst);
    for (const schedule of current) this.#begin(schedule, seen, ends);
    const untilNext = this.#firstAfter(seen.clock) - seen.clock - (performance.now() - readAt);
    return Math.min(Math.max(untilNext, 1), this.#failures.untilNext, LOOK_INTERVALS * this.parts.intervalMs);
  }

  /** How the table stands, once it has what our modules declare, and which of that it has as we do. */
  async #seen(isFirst: boolean): Promise<{ seen: Seen; readAt: number; current: ReadonlySet<RegisteredSchedule> }> {
    const schedules = [...this.#times.keys()];
    const { now, states } = await this.parts.store.look(schedules.map(({ key }) => key));
    const [readAt, seen] = [performance.now(), { states, clock: Date.parse(now) }];
    return { seen, readAt, current: await this.#declarations.current(schedules, seen, isFirst) };
  }

  /** Also of those that are paused, or other workers' just now: that may have changed by then. */
  #firstAfter(clock: number): number {
    return Math.min(...[...this.#times.values()].map((times) => times.next(clock) ?? Number.POSITIVE_INFINITY));
  }

  #begin(schedule: RegisteredSchedule, { states, clock }: Seen, ends: AbortSignal): void {
    const state = states.get(schedule.key);
    const times = this.#times.get(schedule);
    if (!state || !times || state.isPaused) return;
    if (this.#carrying.has(schedule) || this.#failures.rests(schedule.key)) return;
    const runs = dueRuns(times, schedule.missed, { decidedUntil: Date.parse(state.decidedUntil), now: clock });
    if (runs.length === 0) {
      this.#failures.clear(schedule.key);
      return;
    }
    const carried = this.#runs.carry(schedule, runs, ends).then((isDone) => {
      this.#carrying.delete(schedule);
      if (!isDone) this.#wake();
    });
    this.#carrying.set(schedule, carried);
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#carrying.values());
  }
}
