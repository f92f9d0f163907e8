import { setTimeout as sleep } from 'node:timers/promises';
import type { Registry } from '../contracts/config.js';
import { describeError } from '../contracts/describe-error.js';
import type { JobEvents } from '../contracts/job-events.js';
import type { Logger } from '../contracts/logger.js';
import type { PreparedJob, PushesScheduled, RegisteredSchedule, ScheduledJob } from '../contracts/schedule.js';
import type { Decided, ScheduleState, ScheduleStore } from '../contracts/schedule-store.js';
import { CronTimes } from '../cron/cron-times.js';
import { type DueRun, dueRuns } from './due-runs.js';
import { Failures } from './failures.js';
import { scheduledJob } from './scheduled-job.js';
import { within } from './within.js';

export interface SchedulerParts {
  readonly store: ScheduleStore;
  readonly registry: Registry;
  readonly pushing: PushesScheduled;
  readonly events: JobEvents;
  readonly logger: Logger;
  /** Pause between two looks of the loop, ms; the scheduler looks when something comes due, and every tenth time. */
  readonly intervalMs: number;
  /** How long a stop waits for a push that is under way, ms. */
  readonly graceMs: number;
  /** What was decided is kept so many days; 0: for good. */
  readonly keepDays: number;
}

interface Scheduled {
  readonly schedule: RegisteredSchedule;
  readonly times: CronTimes;
}

/** A working scheduler, until the next stop. */
interface Session {
  readonly stop: AbortController;
  readonly ended: Promise<void>;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Looks while nothing is due, as so many intervals: for a clock that was set, and a machine that slept. */
const LOOK_INTERVALS = 10;
/** Runs that are decided at once: connections are for jobs. */
const LANES = 4;
/** So long may a data function take, and then the preparation of the job, ms. */
const PREPARE_MS = 60_000;
/** So often a worker says that it has a schedule as the table has it, ms. */
const SEEN_EVERY_MS = 60_000;
/** A schedule that nobody has had for so long as the table has it is anybody's to change, ms. */
const UNSEEN_MS = 180_000;

/**
 * Pushes jobs by the clock. Every worker does: a run is whose transaction decides it. The database's clock says what is
 * due; this process's timer only when to look. What schedules and databases do wrong does not end it.
 */
export class Scheduler {
  readonly #schedules: readonly Scheduled[];
  readonly #failures = new Failures();
  /** Schedules with due runs that are being decided, or wait for their data or a lane. */
  readonly #carrying = new Map<string, Promise<void>>();
  readonly #queue: (() => Promise<void>)[] = [];
  readonly #warned = new Set<string>();
  #lanes = 0;
  #session: Session | undefined;
  #resting = new AbortController();
  #isWoken = false;

  constructor(private readonly parts: SchedulerParts) {
    this.#schedules = [...parts.registry.schedules.values()].map((schedule) => ({
      schedule,
      times: new CronTimes(schedule.cron, schedule.timeZone),
    }));
  }

  /** Begins to look; does nothing when it already does, or no module declares a schedule. */
  start(): void {
    if (this.#schedules.length === 0 || this.#session) return;
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

  /** One look, and everything that it finds due is decided. */
  async look(): Promise<void> {
    if (this.#schedules.length === 0) return;
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
        pause = Math.min(5000, this.parts.intervalMs * 2 ** Math.min(failures++, 10));
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
    const { now, states } = await this.parts.store.look(this.#schedules.map(({ schedule }) => schedule.key));
    const [readAt, clock] = [performance.now(), Date.parse(now)];
    const current: Scheduled[] = [];
    for (const scheduled of this.#schedules) {
      if (await this.#isCurrent(scheduled, states.get(scheduled.schedule.key), clock, isFirst)) current.push(scheduled);
    }
    await this.#say(current, states, clock);
    for (const scheduled of current) this.#begin(scheduled, states, clock, ends);
    const next = Math.min(...this.#schedules.map(({ times }) => times.next(clock) ?? Number.POSITIVE_INFINITY));
    const untilNext = Math.max(next - clock - (performance.now() - readAt), 1);
    return Math.min(untilNext, this.#failures.untilNext, LOOK_INTERVALS * this.parts.intervalMs);
  }

  /**
   * Has the table this schedule as our modules do? The worker that started last has the say; the others leave the
   * schedule alone, unless nobody is left who has it so.
   */
  async #isCurrent(
    { schedule }: Scheduled,
    state: ScheduleState | undefined,
    clock: number,
    isFirst: boolean,
  ): Promise<boolean> {
    const { key, module, cron, timeZone, config } = schedule;
    const isSame = state?.cron === cron && state.timeZone === timeZone;
    const isKnown = isSame && state.module === module && state.type === config.type;
    if (isKnown || (isSame && !isFirst)) return true;
    if (!state || isFirst || Date.parse(state.seenAt) + UNSEEN_MS < clock) {
      await this.parts.store.declare({ key, module, type: config.type, cron, timeZone });
      // Its row has changed: what is due by it, the next look says.
      return isSame;
    }
    this.#warnOutdated(schedule, state);
    return false;
  }

  #warnOutdated({ key, cron, timeZone }: RegisteredSchedule, state: ScheduleState): void {
    if (this.#warned.has(key)) return;
    this.#warned.add(key);
    this.parts.logger.warn(
      { schedule: key, here: `${cron} ${timeZone}`, there: `${state.cron} ${state.timeZone}` },
      'a worker that started later has other times for this schedule; this one leaves it alone',
    );
  }

  async #say(current: readonly Scheduled[], states: ReadonlyMap<string, ScheduleState>, clock: number): Promise<void> {
    const keys = current.map(({ schedule }) => schedule.key);
    const unsaid = keys.filter((key) => Date.parse(states.get(key)?.seenAt ?? '') + SEEN_EVERY_MS < clock);
    if (unsaid.length > 0) await this.parts.store.seen(unsaid);
  }

  #begin(scheduled: Scheduled, states: ReadonlyMap<string, ScheduleState>, clock: number, ends: AbortSignal): void {
    const { schedule, times } = scheduled;
    const state = states.get(schedule.key);
    if (!state || state.isPaused || this.#carrying.has(schedule.key) || this.#failures.rests(schedule.key)) return;
    const runs = dueRuns(times, schedule.missed, { decidedUntil: Date.parse(state.decidedUntil), now: clock });
    if (runs.length === 0) {
      this.#failures.clear(schedule.key);
      return;
    }
    const carried = this.#carry(schedule, runs, ends).finally(() => this.#carrying.delete(schedule.key));
    this.#carrying.set(schedule.key, carried);
  }

  /** Runs `work` when a lane is free. */
  #inLane<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#queue.push(() => work().then(resolve, reject));
      if (this.#lanes < LANES) void this.#lane();
    });
  }

  async #lane(): Promise<void> {
    this.#lanes++;
    for (let work = this.#queue.shift(); work; work = this.#queue.shift()) await work();
    this.#lanes--;
  }

  async #settled(): Promise<void> {
    await Promise.all(this.#carrying.values());
  }

  /** One after the other, the oldest first; what cannot be decided holds up what comes after it. */
  async #carry(schedule: RegisteredSchedule, runs: readonly DueRun[], ends: AbortSignal): Promise<void> {
    for (const run of runs) {
      if (ends.aborted || !(await this.#decide(schedule, run, ends))) return;
    }
  }

  async #decide(schedule: RegisteredSchedule, run: DueRun, ends: AbortSignal): Promise<boolean> {
    const tick = new Date(run.time).toISOString();
    try {
      // Without a lane: data may come from afar, or never.
      const job = run.isPushed ? await within(scheduledJob(schedule, tick), PREPARE_MS) : undefined;
      const decided = job
        ? await this.#inLane(() => this.#push(schedule, tick, job, ends))
        : await this.#close(schedule, tick, 'skipped', 'No worker ran when it was due (missed: none).');
      this.#failures.clear(schedule.key);
      return decided.outcome !== 'passed';
    } catch (error) {
      return this.#failed(schedule, tick, error);
    }
  }

  async #push(schedule: RegisteredSchedule, tick: string, job: ScheduledJob, ends: AbortSignal): Promise<Decided> {
    const { store, pushing, events, logger } = this.parts;
    if (ends.aborted) return { outcome: 'passed' };
    const preparing = pushing.prepare(job);
    const prepared = await within(preparing, PREPARE_MS).catch((error: unknown) => {
      forgetLate(preparing);
      throw error;
    });
    let decided: Decided = { outcome: 'passed' };
    try {
      if (!ends.aborted) decided = await store.decide(schedule, { tick, job: prepared.job }, this.#keepMs);
    } finally {
      // Takes back nothing of a job that is there after all.
      if (decided.outcome !== 'pushed') await prepared.forget();
    }
    if (decided.outcome === 'pushed') {
      events.emit('pushed', { id: prepared.job.id, type: prepared.job.type });
      logger.info({ schedule: schedule.key, tick, job: decided.number }, 'a scheduled job was pushed');
    } else if (decided.outcome === 'skipped') {
      logger.info({ schedule: schedule.key, tick, reason: decided.reason }, 'a scheduled run was skipped');
    }
    return decided;
  }

  #close({ key, cron, timeZone }: RegisteredSchedule, tick: string, outcome: 'skipped' | 'failed', reason: string) {
    return this.parts.store.decide({ key, cron, timeZone }, { tick, outcome, reason }, this.#keepMs);
  }

  /** Shown on the schedule and in the log. `true`: this run is given up, the next one may be decided. */
  async #failed(schedule: RegisteredSchedule, tick: string, error: unknown): Promise<boolean> {
    const { store, logger } = this.parts;
    const reason = describeError(error);
    const isTriedAgain = this.#failures.add(schedule.key, error);
    const words = isTriedAgain ? 'it is tried again' : 'this run is given up';
    logger.error({ schedule: schedule.key, tick, error: reason }, `a scheduled job could not be pushed; ${words}`);
    try {
      if (isTriedAgain) {
        await store.noteError(schedule.key, tick, reason);
      } else {
        await this.#close(schedule, tick, 'failed', reason);
        return true;
      }
    } catch (fault) {
      // The same database that keeps the job from being pushed: the log has both.
      logger.error({ schedule: schedule.key, error: describeError(fault) }, 'a schedule could not be told its error');
      this.#failures.rest(schedule.key);
    }
    this.#wake();
    return false;
  }

  get #keepMs(): number {
    return this.parts.keepDays * DAY_MS;
  }
}

/** Of a preparation that came too late, nothing is left. */
function forgetLate(preparing: Promise<PreparedJob>): void {
  preparing.then(
    (prepared) => prepared.forget(),
    () => undefined,
  );
}
