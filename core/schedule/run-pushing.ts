import { describeError } from '../contracts/describe-error.js';
import type { JobEvents } from '../contracts/job-events.js';
import type { Logger } from '../contracts/logger.js';
import type { PreparedJob } from '../contracts/prepared-job.js';
import type { PushesScheduled, RegisteredSchedule, ScheduledJob } from '../contracts/schedule.js';
import type { Decided, ScheduleStore } from '../contracts/schedule-store.js';
import type { DueRun } from './due-runs.js';
import type { Failures } from './failures.js';
import { Lanes } from './lanes.js';
import { scheduledJob } from './scheduled-job.js';
import { within } from './within.js';

const DAY_MS = 24 * 60 * 60 * 1000;
/** Runs that are decided at once: connections are for jobs. */
const LANES = 4;
/** So long may a data function take, and then the preparation of the job, ms. */
const PREPARE_MS = 60_000;

export interface RunPushingParts {
  readonly store: ScheduleStore;
  readonly pushing: PushesScheduled;
  readonly events: JobEvents;
  readonly logger: Logger;
  /** What was decided is kept so many days; 0: for good. */
  readonly keepDays: number;
}

/** The way of a run into the table: data → prepare → decide. What goes wrong is told, and never thrown. */
export class RunPushing {
  readonly #lanes = new Lanes(LANES);

  constructor(
    private readonly parts: RunPushingParts,
    private readonly failures: Failures,
  ) {}

  /**
   * Decides these runs one after the other, the oldest first; one that cannot be decided holds up those after it.
   * `false`: that is so, and another look is worth while.
   */
  async carry(schedule: RegisteredSchedule, runs: readonly DueRun[], ends: AbortSignal): Promise<boolean> {
    for (const run of runs) {
      const tick = new Date(run.time).toISOString();
      if (ends.aborted) return true;
      try {
        const { outcome } = await this.#decide(schedule, tick, run.isPushed, ends);
        this.failures.clear(schedule.key);
        if (outcome === 'passed') return true;
      } catch (error) {
        if (!(await this.#giveUp(schedule, tick, error))) return false;
      }
    }
    return true;
  }

  async #decide(schedule: RegisteredSchedule, tick: string, isPushed: boolean, ends: AbortSignal): Promise<Decided> {
    if (!isPushed) return this.#close(schedule, tick, 'skipped', 'No worker ran when it was due (missed: none).');
    // Without a lane: data may come from afar, or never.
    const job = await within(scheduledJob(schedule, tick), PREPARE_MS, { isKept: false });
    return this.#lanes.run(() => this.#push(schedule, tick, job, ends));
  }

  async #push(schedule: RegisteredSchedule, tick: string, job: ScheduledJob, ends: AbortSignal): Promise<Decided> {
    if (ends.aborted) return { outcome: 'passed' };
    const preparing = this.parts.pushing.prepare(job);
    const prepared = await within(preparing, PREPARE_MS, { isKept: false }).catch((error: unknown) => {
      forgetLate(preparing);
      throw error;
    });
    let decided: Decided = { outcome: 'passed' };
    try {
      if (!ends.aborted) {
        decided = await this.parts.store.decide(schedule, { tick, job: prepared.job }, this.#keepMs);
      }
    } finally {
      // Takes back nothing of a job that is there after all.
      if (decided.outcome !== 'pushed') await prepared.forget();
    }
    this.#tell(schedule, tick, prepared, decided);
    return decided;
  }

  #tell({ key }: RegisteredSchedule, tick: string, { job }: PreparedJob, decided: Decided): void {
    const { events, logger } = this.parts;
    if (decided.outcome === 'pushed') {
      events.emit('pushed', { id: job.id, type: job.type });
      logger.info({ schedule: key, tick, job: decided.number }, 'a scheduled job was pushed');
    } else if (decided.outcome === 'skipped') {
      logger.info({ schedule: key, tick, reason: decided.reason }, 'a scheduled run was skipped');
    }
  }

  #close(schedule: RegisteredSchedule, tick: string, outcome: 'skipped' | 'failed', reason: string): Promise<Decided> {
    return this.parts.store.decide(schedule, { tick, outcome, reason }, this.#keepMs);
  }

  /** Shows what went wrong on the schedule and in the log. `false`: the run is not given up, it is tried again. */
  async #giveUp(schedule: RegisteredSchedule, tick: string, error: unknown): Promise<boolean> {
    const { store, logger } = this.parts;
    const reason = describeError(error);
    const isTriedAgain = this.failures.add(schedule.key, error);
    const words = isTriedAgain ? 'it is tried again' : 'this run is given up';
    logger.error({ schedule: schedule.key, tick, error: reason }, `a scheduled job could not be pushed; ${words}`);
    try {
      if (isTriedAgain) await store.noteError(schedule.key, tick, reason);
      else await this.#close(schedule, tick, 'failed', reason);
      return !isTriedAgain;
    } catch (fault) {
      // The same database that keeps the job from being pushed: the log has both.
      logger.error({ schedule: schedule.key, error: describeError(fault) }, 'a schedule could not be told its error');
      this.failures.rest(schedule.key);
      return false;
    }
  }

  get #keepMs(): number {
    return this.parts.keepDays * DAY_MS;
  }
}

/** Of a preparation that came too late, nothing is left. */
function forgetLate(preparing: Promise<PreparedJob>): void {
  preparing.then(
    (prepared) => prepared.forget(),
    // It was told already that it did not come.
    () => undefined,
  );
}
