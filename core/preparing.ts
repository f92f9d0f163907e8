import { type CheckedOptions, checkData, checkOptions, toDataText } from './check-push.js';
import type { CallersTransaction } from './contracts/callers-transaction.js';
import { checkText } from './contracts/check-text.js';
import type { RegisteredType, Registry } from './contracts/config.js';
import { ForbiddenError, IdTakenError, InvalidInputError, ofEntry, RefusedError } from './contracts/errors.js';
import type { PushedJob } from './contracts/hook.js';
import type { InputFile, Job } from './contracts/job.js';
import type { JobStore, NewJob } from './contracts/job-store.js';
import type { ProgressJobInterface } from './contracts/progress-job.js';
import type { PushEntry } from './contracts/push.js';
import { APPLICATION, type User } from './contracts/user.js';
import type { Hooks } from './hooks/hooks.js';
import type { PushFiles } from './push-files.js';
import { checkNext } from './push-list.js';
import { nearest } from './registry/nearest.js';
import type { SecretKeys } from './secrets/secret-keys.js';
import { mayStart } from './types-for.js';

/** `entry`: its place in the list that was given. */
export type Prepared = { readonly entry: number; readonly checked: CheckedOptions } & (
  | { readonly known: Job; readonly job?: undefined }
  | { readonly known?: undefined; readonly job: NewJob }
);

const NO_FILES: readonly InputFile[] = [];

export interface PreparingParts {
  readonly store: JobStore;
  readonly registry: Registry;
  readonly hooks: Hooks;
  readonly files: PushFiles;
  readonly secretKeys: SecretKeys;
  /** The database runs in this process, on one connection: a transaction holds up everything else. */
  readonly isEmbedded: boolean;
  /** A service of this type, to prepare its data. */
  readonly create: (type: string) => ProgressJobInterface;
}

/** Makes a row of what was pushed: check → look for its id → prepare its data → ask the hooks. */
export class Preparing {
  /** Types whose services prepare no data: one of each was asked. */
  readonly #unprepared = new Set<RegisteredType>();

  constructor(private readonly parts: PreparingParts) {}

  /** What is to be inserted; or the job that the id is known for. */
  async prepared(
    { name, type, data, options = {} }: PushEntry,
    entry: number,
    user: User,
    added: InputFile[],
  ): Promise<Prepared> {
    checkText('name', name);
    const checked = forOwner(checkOptions(options), user);
    const registered = this.type(type, user);
    this.#refuseWaitingForItself(registered, checked);
    const isAsked = options.id !== undefined && checked.transaction === undefined;
    const known = isAsked ? await this.#known(checked, type) : undefined;
    if (known) return { entry, checked, known };
    const inputs = checked.files.length > 0 ? await this.parts.files.inputs(checked, user, added) : NO_FILES;
    const copied = added.length;
    const fitting = registered.config.schema ? await checkData(registered, data) : data;
    const prepared = await this.#prepare(registered, fitting, user, inputs, added);
    const { id, userId, isHidden, key, group, priority, runAt, secret } = checked;
    const { keyScope, version = 1 } = registered.config;
    const all = added.length > copied ? [...inputs, ...added.slice(copied)] : inputs;
    const text = toDataText(prepared);
    const secrets = secret && this.parts.secretKeys.seal(id, secret);
    const next = checked.next.length > 0 ? await this.#next(checked, user, added) : undefined;
    // Said once, and not put together of others: a copy of each would be most of what a push in a list costs.
    const job: NewJob = {
      id,
      name,
      type,
      data: text,
      inputs: all,
      userId,
      isHidden,
      key,
      keyScope,
      group,
      priority,
      runAt,
      next,
      version,
      secrets,
    };
    await this.askHooks(job, text, user);
    return { entry, checked, job };
  }

  /** As `prepared`, each; what is wrong says with which entry. */
  async preparedList(
    entries: readonly PushEntry[],
    user: User,
    added: readonly InputFile[][],
    transaction: CallersTransaction | undefined,
  ): Promise<Prepared[]> {
    const list: Prepared[] = [];
    for (const [entry, push] of entries.entries()) {
      try {
        const within = transaction ? { ...push, options: { ...push.options, transaction } } : push;
        list.push(await this.prepared(within, entry, user, added[entry] as InputFile[]));
      } catch (error) {
        throw ofEntry(error, entry);
      }
    }
    return list;
  }

  /** The type, if this user may start it. Throws RefusedError, ForbiddenError. */
  type(type: unknown, user: User): RegisteredType {
    const { types } = this.parts.registry;
    const registered = typeof type === 'string' ? types.get(type) : undefined;
    if (!registered) {
      const called = typeof type === 'string' ? type.slice(0, 100) : `(a ${typeof type})`;
      const open = [...types.values()].filter((each) => mayStart(each, user)).map(({ key }) => key);
      throw new RefusedError('unknown_type', `There is no job type "${called}". ${nearest(called, open)}`);
    }
    if (!mayStart(registered, user)) {
      throw new ForbiddenError(`Only admins may start jobs of the type "${registered.key}".`);
    }
    return registered;
  }

  /** They get data of their own: what a hook does to it changes nothing. */
  async askHooks(pushing: Omit<PushedJob, 'data'>, data: string, user: User): Promise<void> {
    if (this.parts.hooks.of('beforePush').length === 0) return;
    const { id, name, type, userId, isHidden, key, priority, runAt } = pushing;
    const job = { id, name, type, userId, isHidden, key, priority, runAt, data: JSON.parse(data) };
    await this.parts.hooks.before('beforePush', { job, user });
  }

  /** Jobs that wait for another one, prepared as any other; of the same owner, unless they say whose. */
  async #next({ next, userId, transaction }: CheckedOptions, user: User, added: InputFile[]): Promise<NewJob[]> {
    checkNext(next);
    const jobs: NewJob[] = [];
    for (const entry of next) {
      if (entry.options?.onKey === 'join')
        throw new InvalidInputError('onKey', 'cannot be "join" for a job that waits for another one.');
      const owner = entry.options?.userId ?? userId;
      const shared = {
        ...entry.options,
        ...(owner !== undefined && { userId: owner }),
        ...(transaction && { transaction }),
      };
      const { job } = await this.prepared({ ...entry, options: shared }, 0, user, added);
      if (!job) throw new IdTakenError();
      jobs.push(job);
    }
    return jobs;
  }

  /** On SQLite what reads or keeps files would wait for the connection that the caller's transaction has. */
  #refuseWaitingForItself(type: RegisteredType, { transaction, files }: CheckedOptions): void {
    if (!transaction || !this.parts.isEmbedded) return;
    if (files.length === 0 && (type.config.run || !this.#serviceOf(type)?.prepareData)) return;
    throw new InvalidInputError(
      'transaction',
      `on SQLite cannot be used for jobs that name files, or whose type prepares its data ("${type.key}"): there is one connection. Push the job before or after it.`,
    );
  }

  /** A retried push is the job it made the first time; somebody else's job is none of the caller's business. */
  async #known({ id, userId }: CheckedOptions, type: string): Promise<Job | undefined> {
    const job = await this.parts.store.get(id, APPLICATION);
    if (job && (job.userId !== userId || job.type !== type)) throw new IdTakenError();
    return job;
  }

  #prepare(type: RegisteredType, data: unknown, user: User, inputs: readonly InputFile[], added: InputFile[]): unknown {
    if (type.config.run || this.#unprepared.has(type)) return data;
    const service = this.#serviceOf(type);
    if (service?.prepareData) return service.prepareData(data, this.parts.files.context(user, inputs, added));
    this.#unprepared.add(type);
    return data;
  }

  /** `undefined`: its constructor throws, and nothing is lost by it here; the job tells why, and ends as its worker finds it. */
  #serviceOf(type: RegisteredType): ProgressJobInterface | undefined {
    try {
      return this.parts.create(type.key);
    } catch (error) {
      if (type.config.service?.prototype.prepareData) throw error;
      return undefined;
    }
  }
}

/** Users push for themselves; admins and the application for anybody. */
function forOwner(options: CheckedOptions, user: User): CheckedOptions {
  if (user.isAdmin) return options.userId === undefined && user.id ? { ...options, userId: user.id } : options;
  if (options.userId !== undefined && options.userId !== user.id)
    throw new ForbiddenError('A job can only be pushed for yourself.');
  if (options.files.some((file) => typeof file !== 'string'))
    throw new ForbiddenError('Only the application may name files of its machine.');
  return { ...options, userId: user.id };
}
