import { setMaxListeners } from 'node:events';
import { allowedActions } from './actions/gate.js';
import type { JobActions, OfferedAction } from './actions/job-actions.js';
import { checkFilter } from './check-filter.js';
import { checkNotificationFilter, checkNotificationIds } from './check-notifications.js';
import type { PushOptions } from './check-push.js';
import { checkUserId } from './contracts/check-text.js';
import type { Registry } from './contracts/config.js';
import {
  ActionNotOfferedError,
  FileMissingError,
  InvalidInputError,
  JobNotFoundError,
  WaitTimeoutError,
} from './contracts/errors.js';
import type { InputFile, Job } from './contracts/job.js';
import type { JobFilter, JobPage, JobRef, JobStore, JobVersion } from './contracts/job-store.js';
import type { NotificationFilter, NotificationPage } from './contracts/notification.js';
import type { JobData, JobType, ProgressJobInterface } from './contracts/progress-job.js';
import { isTerminal, type Status } from './contracts/status.js';
import { APPLICATION, type User } from './contracts/user.js';
import { jobRef } from './job-ref.js';
import type { PushEntry, Pushed, Pushing } from './pushing.js';
import { assertOutsideWrite } from './store/inside-write.js';
import type { Notifications } from './store/notifications.js';
import type { JobFileContent, OutputReader } from './store/output-reader.js';
import type { UploadStore } from './store/upload-store.js';
import { type TypeView, typesFor } from './types-for.js';
import type { Pruned, PruneOptions, Pruning } from './upkeep/pruning.js';
import type { Telling } from './upkeep/telling.js';
import type { JobWaits } from './waiting/job-waits.js';

export type { OfferedAction } from './actions/job-actions.js';
export type { PushOptions } from './check-push.js';
export type { PushEntry, Pushed } from './pushing.js';
export type { JobFileContent } from './store/output-reader.js';
export type { TypeView } from './types-for.js';
export type { Pruned, PruneOptions } from './upkeep/pruning.js';

/** Whose eyes and hands a call uses. Without a user it acts for the application, as an admin. */
export interface As {
  readonly user?: User;
}

export interface WaitOptions extends As {
  /** Milliseconds; without it a wait lasts until the jobs have ended. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

export interface ProgressManagerParts {
  readonly store: JobStore;
  readonly registry: Registry;
  readonly actions: JobActions;
  readonly pushing: Pushing;
  readonly pruning: Pruning;
  readonly uploads: UploadStore;
  readonly outputs: OutputReader;
  readonly waits: JobWaits;
  readonly telling: Telling;
  readonly notifications: Notifications;
  /** A service of this type, to ask what its start form offers. */
  readonly create: (type: string) => ProgressJobInterface;
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
    assertOutsideWrite('progressManager.push');
    return this.parts.pushing.push(name, type, data, options, userOf(as));
  }

  /**
   * Pushes all of these jobs, at most 10,000, or none of them, with one commit; answers in their order. Throws as
   * `push`; the error says with which entry (`entry`, from 0), and no two entries may have one id or one key.
   */
  async pushMany<T extends JobType>(jobs: readonly PushEntry<T>[], as: As = {}): Promise<readonly Pushed[]> {
    assertOutsideWrite('progressManager.pushMany');
    return this.parts.pushing.pushMany(jobs, userOf(as));
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
    return this.parts.pushing.pushAgain(job, userOf(as));
  }

  /** Removes a finished job with its files. Throws JobNotFoundError, ActionNotOfferedError while it is unfinished. */
  async remove(ref: JobRef, as: As = {}): Promise<void> {
    assertOutsideWrite('progressManager.remove');
    const job = await this.#existing(ref, as);
    const refused = this.#notOffered('remove', job, as);
    if (!isTerminal(job.status)) throw refused;
    await this.#tellEnd(job);
    // The files first: a removal that breaks off in between can be asked for again.
    await this.parts.uploads.removeOf(job.id);
    if (!(await this.parts.store.remove(job.number, userOf(as)))) throw refused;
  }

  /**
   * Waits until the job has, or all jobs have, ended, in whatever way, and gives them as they are then.
   * Throws WaitTimeoutError, JobNotFoundError when one is not there or is removed meanwhile, and the signal's reason.
   */
  wait(ref: JobRef, options?: WaitOptions): Promise<Job>;
  wait(refs: readonly JobRef[], options?: WaitOptions): Promise<readonly Job[]>;
  async wait(refs: JobRef | readonly JobRef[], options: WaitOptions = {}): Promise<Job | readonly Job[]> {
    assertOutsideWrite('progressManager.wait');
    if (typeof refs === 'object') return this.#waitForAll(refs, options);
    return (await this.#waitForAll([refs], options))[0] as Job;
  }

  /**
   * Removes finished jobs by age, with their files, in small batches beside live work. Throws InvalidInputError, and
   * the signal's reason.
   */
  async prune(options: PruneOptions): Promise<Pruned> {
    assertOutsideWrite('progressManager.prune');
    return this.parts.pruning.prune(options);
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

  /** The types whose jobs this user may start. */
  typesFor(user: User): readonly TypeView[] {
    return typesFor(this.parts.registry, user, this.parts.create);
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

  async #waitForAll(refs: readonly JobRef[], { timeout, signal, user }: WaitOptions): Promise<readonly Job[]> {
    if (timeout !== undefined) checkTimeout(timeout);
    const as = user ? { user } : {};
    const jobs = await Promise.all(refs.map((ref) => this.#existing(ref, as)));
    const unfinished = jobs.filter(({ status }) => !isTerminal(status)).map(({ id }) => id);
    await this.#endOf(new Set(unfinished), timeout, signal);
    return Promise.all(jobs.map(({ number }) => this.#existing(number, as)));
  }

  async #endOf(unfinished: Set<string>, timeout: number | undefined, signal: AbortSignal | undefined): Promise<void> {
    const stop = new AbortController();
    // One listener per job; the controller lives no longer than the wait.
    setMaxListeners(0, stop.signal);
    signal?.throwIfAborted();
    const timer =
      timeout === undefined
        ? undefined
        : setTimeout(() => stop.abort(new WaitTimeoutError([...unfinished], timeout)), timeout);
    signal?.addEventListener('abort', () => stop.abort(signal.reason), { once: true, signal: stop.signal });
    const ended = async (id: string) => {
      await this.parts.waits.ended(id, stop.signal);
      unfinished.delete(id);
    };
    try {
      await Promise.all([...unfinished].map(ended));
    } finally {
      clearTimeout(timer);
      stop.abort();
    }
  }
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

/** A timer of Node's holds 2^31 − 1 ms, about 24 days. */
function checkTimeout(milliseconds: unknown): void {
  if (typeof milliseconds === 'number' && milliseconds >= 0 && milliseconds < 2 ** 31) return;
  throw new InvalidInputError('timeout', 'must be 0 to 2147483647 ms.');
}
