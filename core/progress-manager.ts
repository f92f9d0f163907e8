import { allowedActions } from './actions/gate.js';
import type { JobActions, OfferedAction } from './actions/job-actions.js';
import { checkFilter } from './check-filter.js';
import { checkNotificationFilter, checkNotificationIds } from './check-notifications.js';
import { checkItemQuery, checkLogQuery, checkMessagesOptions } from './check-query.js';
import type { CallersTransaction } from './contracts/callers-transaction.js';
import { checkUserId } from './contracts/check-text.js';
import type { Registry } from './contracts/config.js';
import {
  ActionNotOfferedError,
  FileMissingError,
  ForbiddenError,
  InvalidInputError,
  JobNotFoundError,
  RefusedError,
} from './contracts/errors.js';
import type { InputFile, Job } from './contracts/job.js';
import type { ItemPage, ItemQuery, JobItemStore } from './contracts/job-items.js';
import type { JobLogStore, LogPage, LogQuery, UserMessage } from './contracts/job-log.js';
import type { JobFilter, JobPage, JobRef, JobStore, JobVersion } from './contracts/job-store.js';
import { EVERY_TYPE } from './contracts/limits.js';
import type { NotificationFilter, NotificationPage } from './contracts/notification.js';
import type { JobData, JobType, ProgressJobInterface } from './contracts/progress-job.js';
import type { PushEntry, PushOptions } from './contracts/push.js';
import type { ScheduleView } from './contracts/schedule.js';
import { isTerminal, type Status } from './contracts/status.js';
import { APPLICATION, type User } from './contracts/user.js';
import type { Explaining, Explanation } from './explain/explaining.js';
import { jobRef } from './job-ref.js';
import type { Pushed } from './push-answers.js';
import type { Pushing } from './pushing.js';
import { nearest } from './registry/nearest.js';
import type { Schedules } from './schedule/schedules.js';
import { assertOutsideWrite } from './store/inside-write.js';
import type { JobTraces } from './store/job-traces.js';
import type { Notifications } from './store/notifications.js';
import type { JobFileContent, OutputReader } from './store/output-reader.js';
import type { Pause, Pauses } from './store/pauses.js';
import type { UploadStore } from './store/upload-store.js';
import type { Workers, WorkerView } from './store/workers.js';
import { type TypeView, typesFor } from './types-for.js';
import type { Pruned, PruneOptions, Pruning } from './upkeep/pruning.js';
import type { Telling } from './upkeep/telling.js';
import { checkWaitOptions, type WaitForAll, type WaitLimits } from './waiting/wait-for-all.js';

export type { OfferedAction } from './actions/job-actions.js';
export type { PushEntry, PushOptions } from './contracts/push.js';
export type { Explanation } from './explain/explaining.js';
export type { Pushed } from './push-answers.js';
export type { JobFileContent } from './store/output-reader.js';
export type { Pause } from './store/pauses.js';
export type { WorkerView } from './store/workers.js';
export type { TypeView } from './types-for.js';
export type { Pruned, PruneOptions } from './upkeep/pruning.js';

const MOST_COUNTED = 10_000;

/** Whose eyes and hands a call uses. Without a user it acts for the application, as an admin. */
export interface As {
  readonly user?: User;
}

export interface PushManyOptions extends As {
  /** As the option of `push`, for all of the list. */
  readonly transaction?: CallersTransaction;
}

export interface WaitOptions extends As, WaitLimits {}

export interface ProgressManagerParts {
  readonly store: JobStore;
  readonly log: JobLogStore;
  readonly items: JobItemStore;
  readonly traces: JobTraces;
  readonly registry: Registry;
  readonly actions: JobActions;
  readonly pushing: Pushing;
  readonly pruning: Pruning;
  readonly uploads: UploadStore;
  readonly outputs: OutputReader;
  readonly pauses: Pauses;
  readonly workers: Workers;
  readonly explaining: Explaining;
  readonly schedules: Schedules;
  readonly waiting: WaitForAll;
  readonly telling: Telling;
  readonly notifications: Notifications;
  /** A service of this type, to ask what its start form offers. */
  readonly create: (type: string) => ProgressJobInterface;
  /** Has the loop of this process look at once. */
  readonly wake: () => void;
  readonly now: () => Promise<Date>;
}

/** What applications use: push a job, look at it, act on it, wait for it. */
export class ProgressManager {
  constructor(private readonly parts: ProgressManagerParts) {}

  /**
   * Pushes a job and returns at once. Throws RefusedError for an unknown type or data that does not fit it,
   * InvalidInputError, TooLargeError, ForbiddenError, KeyBusyError and IdTakenError as their names say.
   */
  async push<T extends JobType>(
    name: string,
    type: T,
    data?: JobData<T>,
    options: PushOptions = {},
    as: As = {},
  ): Promise<Pushed> {
    if (options?.transaction === undefined) assertOutsideWrite('progressManager.push');
    return this.parts.pushing.push(name, type, data, options, userOf(as));
  }

  /**
   * Pushes all of these jobs, at most 10,000, or none of them, with one commit; answers in their order. Throws as
   * `push`; the error says with which entry (`entry`, from 0), and no two entries may have one id or one key.
   */
  async pushMany<T extends JobType>(
    jobs: readonly PushEntry<T>[],
    options: PushManyOptions = {},
  ): Promise<readonly Pushed[]> {
    const user = userOf(withoutTransaction(options));
    if (options.transaction === undefined) assertOutsideWrite('progressManager.pushMany');
    return this.parts.pushing.pushMany(jobs, user, options.transaction);
  }

  /** A page of jobs: unfinished ones first, then the newest. Hidden and closed ones only when the filter asks for them. */
  async find(filter: JobFilter = {}, as: As = {}): Promise<JobPage> {
    assertOutsideWrite('progressManager.find');
    return this.parts.store.find(checkFilter(filter), userOf(as));
  }

  /** The same page as numbers and revisions: cheap to ask for again and again until something on it has changed. */
  async findVersions(filter: JobFilter = {}, as: As = {}): Promise<JobPage<JobVersion>> {
    assertOutsideWrite('progressManager.findVersions');
    return this.parts.store.findVersions(checkFilter(filter), userOf(as));
  }

  /** The job; `undefined` when there is none, or the user may not see it. */
  async get(ref: JobRef, as: As = {}): Promise<Job | undefined> {
    assertOutsideWrite('progressManager.get');
    const known = jobRef(ref);
    return known === undefined ? undefined : this.parts.store.get(known, userOf(as));
  }

  /**
   * How many jobs `find` has on all of its pages, counted up to `most`, which is 1 to 10,000: so many or more, then.
   * Throws InvalidInputError.
   */
  async count(filter: JobFilter = {}, as: As = {}, most = MOST_COUNTED): Promise<number> {
    assertOutsideWrite('progressManager.count');
    if (!Number.isInteger(most) || most < 1 || most > MOST_COUNTED)
      throw new InvalidInputError('most', `must be a whole number from 1 to ${MOST_COUNTED}.`);
    return this.parts.store.count(checkFilter(filter), userOf(as), most);
  }

  /** Jobs per status, each counted up to 1,000. */
  async counts(as: As = {}): Promise<Readonly<Record<Status, number>>> {
    assertOutsideWrite('progressManager.counts');
    return this.parts.store.counts(userOf(as));
  }

  /** What may be pressed now. */
  actionsOf(job: Job, as: As = {}): Promise<readonly OfferedAction[]> {
    return this.parts.actions.offered(job, userOf(as));
  }

  /** Does what a button does. Throws JobNotFoundError, UnknownActionError, ActionNotOfferedError with the current status. */
  async act(
    ref: JobRef,
    action: string,
    input: Readonly<Record<string, unknown>> = {},
    as: As = {},
  ): Promise<{ readonly job: Job; readonly result: unknown }> {
    assertOutsideWrite('progressManager.act');
    const job = await this.#existing(ref, as);
    await this.#tellEnd(job);
    const result = await this.parts.actions.perform(job, action, input, userOf(as));
    return { job: (await this.get(job.number, as)) ?? job, result };
  }

  /** Ends a job for good: nothing it still does is accepted. Throws as `act`. */
  async cancel(ref: JobRef, as: As = {}): Promise<Job> {
    return (await this.act(ref, 'cancel', {}, as)).job;
  }

  /** As `cancel`; `false`: it has ended, or is not there. Throws as `act` otherwise. */
  async cancelUnlessEnded(ref: JobRef, as: As = {}): Promise<boolean> {
    try {
      await this.cancel(ref, as);
      return true;
    } catch (error) {
      const hasEnded = error instanceof ActionNotOfferedError && isTerminal(error.jobStatus);
      if (hasEnded || error instanceof JobNotFoundError) return false;
      throw error;
    }
  }

  /** Lets a job rest after the slice that runs; it keeps its key. Throws as `act`. */
  async pause(ref: JobRef, as: As = {}): Promise<Job> {
    return (await this.act(ref, 'pause', {}, as)).job;
  }

  /** Lets a paused job go on where it was. Throws as `act`. */
  async resume(ref: JobRef, as: As = {}): Promise<Job> {
    return (await this.act(ref, 'resume', {}, as)).job;
  }

  /** Lets a failed or cancelled job try again where it was. Throws as `act`, and KeyBusyError. */
  async retry(ref: JobRef, as: As = {}): Promise<Job> {
    return (await this.act(ref, 'retry', {}, as)).job;
  }

  /**
   * Pushes a finished job anew, from its beginning: the same name, type, data, files, owner, key and priority.
   * Throws JobNotFoundError, ActionNotOfferedError while it is unfinished, and as `push`.
   */
  async runAgain(ref: JobRef, as: As = {}): Promise<Pushed> {
    assertOutsideWrite('progressManager.runAgain');
    const job = await this.#existing(ref, as);
    if (!isTerminal(job.status)) throw this.#notOffered('run_again', job, as);
    return this.parts.pushing.again.pushAgain(job, userOf(as));
  }

  /**
   * Lines of the job's log, the oldest first: what it said, and what the loop says of it. `next` of a page goes on after
   * it. Throws JobNotFoundError, InvalidInputError.
   */
  async log(ref: JobRef, query: LogQuery = {}, as: As = {}): Promise<LogPage> {
    assertOutsideWrite('progressManager.log');
    const checked = checkLogQuery(query);
    return this.parts.log.read((await this.#existing(ref, as)).number, checked);
  }

  /**
   * What the job told its owner, in order, while it runs and after its end. With `clear` they are taken away: the next
   * call gives only newer ones, and of several callers each message is given to one. Throws JobNotFoundError.
   */
  async messages(
    ref: JobRef,
    options: { readonly clear?: boolean } = {},
    as: As = {},
  ): Promise<readonly UserMessage[]> {
    assertOutsideWrite('progressManager.messages');
    const clear = checkMessagesOptions(options);
    const { number } = await this.#existing(ref, as);
    return clear ? this.parts.log.takeMessages(number) : this.parts.log.messages(number);
  }

  /**
   * Items of the job that failed or were skipped, in the order in which it said so. `next` of a page goes on after it.
   * Throws JobNotFoundError, InvalidInputError.
   */
  async items(ref: JobRef, query: ItemQuery = {}, as: As = {}): Promise<ItemPage> {
    assertOutsideWrite('progressManager.items');
    const checked = checkItemQuery(query);
    return this.parts.items.read((await this.#existing(ref, as)).number, checked);
  }

  /**
   * Pushes a job that deals with the failed items of a finished one only, with the data that its type's `retryItems`
   * makes of it. Asked again it gives the same job. Throws as `runAgain`, and RefusedError when none has failed.
   */
  async retryFailed(ref: JobRef, as: As = {}): Promise<Pushed & { readonly items: number }> {
    assertOutsideWrite('progressManager.retryFailed');
    const job = await this.#existing(ref, as);
    const { config } = this.parts.registry.types.get(job.type) ?? {};
    if (!isTerminal(job.status) || !config?.retryItems) throw this.#notOffered('retry_failed', job, as);
    const keys = await this.#failedKeys(job.number);
    if (keys.length === 0)
      throw new RefusedError('no_failed_items', `No item of job ${job.number} is listed as failed.`);
    return { ...(await this.parts.pushing.again.pushFailed(job, keys, userOf(as))), items: keys.length };
  }

  /** Removes a finished job with its files, its log and its items. Throws JobNotFoundError, ActionNotOfferedError while it is unfinished. */
  async remove(ref: JobRef, as: As = {}): Promise<void> {
    assertOutsideWrite('progressManager.remove');
    const job = await this.#existing(ref, as);
    const refused = this.#notOffered('remove', job, as);
    if (!isTerminal(job.status)) throw refused;
    await this.#tellEnd(job);
    // What belongs to it first: a removal that breaks off in between can be asked for again.
    await this.parts.uploads.removeOf([job.id]);
    await this.parts.traces.removeOf([job.number]);
    if (!(await this.parts.store.remove(job.number, userOf(as)))) throw refused;
  }

  /**
   * Waits until the job has, or all jobs have, ended, in whatever way, and gives them as they are then: that one failed
   * stands in its `status` and `error`, and is not thrown. Throws WaitTimeoutError with the ids of those that have not
   * ended, the signal's reason, and JobNotFoundError: at once when one is not there; when one is removed meanwhile,
   * once all have ended, with the others in its `others`.
   */
  wait(ref: JobRef, options?: WaitOptions): Promise<Job>;
  wait(refs: readonly JobRef[], options?: WaitOptions): Promise<readonly Job[]>;
  async wait(refs: JobRef | readonly JobRef[], options: WaitOptions = {}): Promise<Job | readonly Job[]> {
    assertOutsideWrite('progressManager.wait');
    checkWaitOptions(options);
    const as = options.user === undefined ? {} : { user: options.user };
    const look = (ref: JobRef) => this.get(ref, as);
    const ended = await this.parts.waiting.ended(Array.isArray(refs) ? refs : [refs as JobRef], look, options);
    return Array.isArray(refs) ? ended : (ended[0] as Job);
  }

  /**
   * Removes finished jobs by age, with their files, in small batches beside live work. Throws InvalidInputError, and
   * the signal's reason.
   */
  async prune(options: PruneOptions): Promise<Pruned> {
    assertOutsideWrite('progressManager.prune');
    return this.parts.pruning.prune(options);
  }

  /** What is pushed by the clock: the schedules of all modules, and those that modules once had. For admins: ForbiddenError. */
  async schedules(as: As = {}): Promise<readonly ScheduleView[]> {
    return this.#schedulesFor(as, 'schedules').list();
  }

  /**
   * Pushes a job of this schedule now, besides its runs, paused or not. Throws ScheduleNotFoundError,
   * ScheduleGoneError, ForbiddenError, and as `push`: with `overlap: false` KeyBusyError while a job of it is unfinished.
   */
  async runScheduleNow(name: string, as: As = {}): Promise<Pushed> {
    return this.#schedulesFor(as, 'runScheduleNow').runNow(name);
  }

  /** Lets the runs of a schedule pass until it is resumed. Throws ScheduleNotFoundError, ForbiddenError. */
  async pauseSchedule(name: string, as: As = {}): Promise<ScheduleView> {
    return this.#schedulesFor(as, 'pauseSchedule').pause(name);
  }

  /**
   * Lets a paused schedule run again. What came due meanwhile is not made up for, except with `missed: 'all'`.
   * Throws ScheduleNotFoundError, ForbiddenError.
   */
  async resumeSchedule(name: string, as: As = {}): Promise<ScheduleView> {
    return this.#schedulesFor(as, 'resumeSchedule').resume(name);
  }

  /** What a user was told of the ends of their jobs, the newest first. Throws InvalidInputError. */
  async notifications(as: As, filter: NotificationFilter = {}): Promise<NotificationPage> {
    assertOutsideWrite('progressManager.notifications');
    const userId = personOf(as);
    await this.parts.telling.noted();
    return this.parts.notifications.find(userId, checkNotificationFilter(filter));
  }

  /** Marks these notifications of the user, by their ids, or `all` of them. Returns how many were not read before. */
  async markNotificationsRead(as: As, ids: readonly number[] | 'all'): Promise<number> {
    assertOutsideWrite('progressManager.markNotificationsRead');
    const userId = personOf(as);
    if (ids === 'all') await this.parts.telling.noted();
    return this.parts.notifications.markRead(userId, checkNotificationIds(ids));
  }

  /** Keeps a stream as a file that a push may name. Throws InvalidInputError for its name, TooLargeError. */
  async upload(name: string, content: AsyncIterable<Uint8Array>, as: As = {}): Promise<InputFile> {
    assertOutsideWrite('progressManager.upload');
    return this.parts.uploads.add(name, content, userOf(as));
  }

  /** A file that a job wrote. Throws JobNotFoundError, FileMissingError. */
  async openFile(ref: JobRef, name: string, as: As = {}): Promise<JobFileContent> {
    const job = await this.#existing(ref, as);
    const file = job.outputs.find((output) => output.name === name);
    if (!file) throw new FileMissingError(name);
    return this.parts.outputs.open(job.id, file);
  }

  /** A file that a job reads, by its id (`job.inputs`). Throws JobNotFoundError, FileMissingError. */
  async openInput(ref: JobRef, id: string, as: As = {}): Promise<JobFileContent> {
    const { inputs } = await this.#existing(ref, as);
    const file = inputs.find((input) => input.id === id);
    if (!file) throw new FileMissingError(id);
    return this.parts.outputs.openInput(file);
  }

  /** Why this job is not moving, in one sentence. Throws JobNotFoundError. */
  async explain(ref: JobRef, as: As = {}): Promise<Explanation> {
    assertOutsideWrite('progressManager.explain');
    return this.parts.explaining.explain(await this.#existing(ref, as));
  }

  /**
   * Lets all jobs of a type rest, those that run after their slices; without a type, all jobs. It stands in the database
   * until `resumeType`. Throws RefusedError for an unknown type, ForbiddenError for who is no admin.
   */
  async pauseType(type?: JobType, as: As = {}): Promise<void> {
    assertOutsideWrite('progressManager.pauseType');
    const by = this.#admin(as);
    await this.parts.pauses.add(this.#scope(type), by.id || undefined);
  }

  /** Lets them go on; a pause of all and one of a type are two. Throws as `pauseType`. */
  async resumeType(type?: JobType, as: As = {}): Promise<void> {
    assertOutsideWrite('progressManager.resumeType');
    this.#admin(as);
    await this.parts.pauses.end(this.#scope(type));
    this.parts.wake();
  }

  /** What is paused as a whole. Throws ForbiddenError for who is no admin. */
  async pauses(as: As = {}): Promise<readonly Pause[]> {
    assertOutsideWrite('progressManager.pauses');
    this.#admin(as);
    return this.parts.pauses.list();
  }

  /** Processes that run the loop, as they last said. Throws ForbiddenError for who is no admin. */
  async workers(as: As = {}): Promise<readonly WorkerView[]> {
    assertOutsideWrite('progressManager.workers');
    this.#admin(as);
    return this.parts.workers.list();
  }

  /** The database's time, to the millisecond: by it go all times of jobs and workers. */
  now(): Promise<Date> {
    return this.parts.now();
  }

  /** The types whose jobs this user may start. */
  typesFor(user: User): readonly TypeView[] {
    return typesFor(this.parts.registry, user, this.parts.create);
  }

  #admin(as: As): User {
    const user = userOf(as);
    if (!user.isAdmin) throw new ForbiddenError('Only admins may see and pause whole types, and see the workers.');
    return user;
  }

  #scope(type: unknown): string {
    if (type === undefined) return EVERY_TYPE;
    const { types } = this.parts.registry;
    if (typeof type === 'string' && types.has(type)) return type;
    throw new RefusedError(
      'unknown_type',
      `There is no job type "${String(type).slice(0, 100)}". ${nearest(String(type), [...types.keys()])}`,
    );
  }

  async #failedKeys(number: number): Promise<string[]> {
    const keys: string[] = [];
    for (let after = 0; ; ) {
      const { list, next } = await this.parts.items.read(number, { outcome: 'failed', after, limit: 1000 });
      if (list.length === 0) return keys;
      keys.push(...list.map(({ key }) => key));
      after = next;
    }
  }

  #schedulesFor(as: As, method: string): Schedules {
    assertOutsideWrite(`progressManager.${method}`);
    if (!userOf(as).isAdmin) throw new ForbiddenError('Schedules are for admins.');
    return this.parts.schedules;
  }

  /** Before a job that has ended goes on or goes: the process that ended it may have died before it could tell. */
  async #tellEnd({ id, status, userId, isHidden }: Job): Promise<void> {
    if (!isTerminal(status)) return;
    await this.parts.telling.note(id, status === 'cancelled' || userId === undefined || isHidden);
  }

  #notOffered(action: string, job: Job, as: As): ActionNotOfferedError {
    return new ActionNotOfferedError(action, job.status, allowedActions(this.parts.registry, job, userOf(as)));
  }

  async #existing(ref: JobRef, as: As): Promise<Job> {
    const job = await this.get(ref, as);
    if (!job) throw new JobNotFoundError(ref);
    return job;
  }
}

function withoutTransaction(options: PushManyOptions): As {
  if (typeof options !== 'object' || options === null) return options;
  const { transaction: _, ...as } = options;
  return as;
}

/** Notifications are a person's: the application has none. */
function personOf(as: As): string {
  const { id } = userOf(as);
  if (id === APPLICATION.id)
    throw new InvalidInputError('user', 'must name whose notifications: { user: { id, isAdmin } }.');
  return id;
}

function userOf(as: As): User {
  // Who means a user and misses must not act for the application.
  if (typeof as !== 'object' || as === null || Object.keys(as).some((key) => key !== 'user'))
    throw new InvalidInputError('as', 'must be { user: { id, isAdmin } }; left out, the application acts.');
  const { user } = as;
  if (user !== undefined && (typeof user !== 'object' || user === null || typeof user.isAdmin !== 'boolean'))
    throw new InvalidInputError('user', 'must be { id, isAdmin }.');
  if (user === undefined || (user.id === APPLICATION.id && user.isAdmin)) return APPLICATION;
  return { id: checkUserId('user.id', user.id), isAdmin: user.isAdmin };
}
