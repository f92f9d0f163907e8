import type { Registry } from '../contracts/config.js';
import { ScheduleGoneError, ScheduleNotFoundError } from '../contracts/errors.js';
import type { PushesScheduled, RegisteredSchedule, ScheduleView } from '../contracts/schedule.js';
import type { ListedSchedule, ScheduleStore } from '../contracts/schedule-store.js';
import { cronInWords } from '../cron/cron-in-words.js';
import { CronTimes } from '../cron/cron-times.js';
import { isAscii } from '../store/ascii.js';
import { scheduledJob } from './scheduled-job.js';

/** Runs that are told ahead. */
const AHEAD = 5;

/** What admins see of schedules, and do with them. */
export class Schedules {
  constructor(
    private readonly store: ScheduleStore,
    private readonly registry: Registry,
    private readonly pushing: PushesScheduled,
  ) {}

  /** All that modules declare, and those they did once, by key. */
  async list(): Promise<readonly ScheduleView[]> {
    const { now, list } = await this.store.list();
    const known = new Map(list.map((listed) => [listed.key, listed]));
    const declared = [...this.registry.schedules.values()].map((schedule) =>
      viewOf(schedule, known.get(schedule.key), now),
    );
    const gone = list.filter(({ key }) => !this.registry.schedules.has(key)).map(goneView);
    return [...declared, ...gone].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Pushes a job besides all runs. Throws ScheduleNotFoundError, ScheduleGoneError, and as `push`. */
  async runNow(key: string) {
    const schedule = this.#declared(key);
    const { now, states } = await this.store.look([key]);
    if (!schedule) throw states.has(key) ? new ScheduleGoneError(key) : new ScheduleNotFoundError(key);
    return this.pushing.push(await scheduledJob(schedule, now));
  }

  /** Lets its runs pass until it is resumed. Throws ScheduleNotFoundError. */
  async pause(key: string): Promise<ScheduleView> {
    const schedule = this.#declared(key);
    // One that no worker has seen yet has no row to be paused.
    if (!(await this.store.pause(key)) && schedule) {
      const { module, cron, timeZone, config } = schedule;
      await this.store.declare({ key, module, type: config.type, cron, timeZone });
      await this.store.pause(key);
    }
    return this.#view(key);
  }

  /** Runs again; with `missed: 'all'` also what came due meanwhile, at most 100. Throws ScheduleNotFoundError. */
  async resume(key: string): Promise<ScheduleView> {
    await this.store.resume(key, this.#declared(key)?.missed === 'all');
    return this.#view(key);
  }

  /** `undefined`: no module does. Throws ScheduleNotFoundError for what cannot be a key. */
  #declared(key: unknown): RegisteredSchedule | undefined {
    // MySQL refuses to compare an ASCII column with other letters at all.
    if (typeof key !== 'string' || !isAscii(key)) throw new ScheduleNotFoundError(String(key));
    return this.registry.schedules.get(key);
  }

  async #view(key: string): Promise<ScheduleView> {
    const view = (await this.list()).find(({ name }) => name === key);
    if (!view) throw new ScheduleNotFoundError(key);
    return view;
  }
}

function viewOf(schedule: RegisteredSchedule, listed: ListedSchedule | undefined, now: string): ScheduleView {
  const { key, module, cron, timeZone, config } = schedule;
  const isPaused = listed?.isPaused ?? false;
  return {
    ...{ name: key, module, type: config.type, cron, inWords: cronInWords(cron), timeZone, isPaused, isGone: false },
    ...{ last: listed?.last, next: isPaused ? [] : nextRuns(schedule, now), error: listed?.error },
  };
}

function goneView({ key, module, type, cron, timeZone, isPaused, last, error }: ListedSchedule): ScheduleView {
  const inWords = cronInWords(cron);
  return { name: key, module, type, cron, inWords, timeZone, isPaused, isGone: true, last, next: [], error };
}

function nextRuns({ cron, timeZone }: RegisteredSchedule, now: string): string[] {
  const times = new CronTimes(cron, timeZone);
  const runs: string[] = [];
  for (let time = times.next(Date.parse(now)); time !== undefined && runs.length < AHEAD; time = times.next(time)) {
    runs.push(new Date(time).toISOString());
  }
  return runs;
}
