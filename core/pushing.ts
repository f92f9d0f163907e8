import { v5 } from 'uuid';
import { type CheckedOptions, checkData, checkOptions, toDataText } from './check-push.js';
import type { CallersTransaction } from './contracts/callers-transaction.js';
import { checkText } from './contracts/check-text.js';
import type { RegisteredType, Registry } from './contracts/config.js';
import { describeError } from './contracts/describe-error.js';
import {
  ForbiddenError,
  IdTakenError,
  InvalidInputError,
  JobNotFoundError,
  KeyBusyError,
  ofEntry,
  RefusedError,
} from './contracts/errors.js';
import type { PushedJob } from './contracts/hook.js';
import type { InputFile, Job } from './contracts/job.js';
import type { JobEvents } from './contracts/job-events.js';
import type { Found, Inserted, JobStore, NewJob, PushedAs, Refuse } from './contracts/job-store.js';
import type { Logger } from './contracts/logger.js';
import type { PreparedJob } from './contracts/prepared-job.js';
import type { ProgressJobInterface, PushContext } from './contracts/progress-job.js';
import type { LocalFile, PushEntry, PushOptions } from './contracts/push.js';
import type { SealedSecrets } from './contracts/secret.js';
import { APPLICATION, type User } from './contracts/user.js';
import type { Hooks } from './hooks/hooks.js';
import { checkList, checkNext, refuseTwins } from './push-list.js';
import { nearest } from './registry/nearest.js';
import type { SecretKeys } from './secrets/secret-keys.js';
import { whenCommitted } from './store/callers-transaction.js';
import { newId } from './store/new-id.js';
import type { UploadStore } from './store/upload-store.js';
import { mayStart } from './types-for.js';

/** What a push gives back. `created: false`: the job was there already, by its id or its key. */
export interface Pushed {
  readonly id: string;
  readonly number: number;
  readonly created: boolean;
  /** The jobs that wait for it, in the order of the option `next`; `undefined`: none was pushed. */
  readonly next?: readonly Pushed[];
}

/** `entry`: its place in the list that was given. */
type Prepared = { readonly entry: number; readonly checked: CheckedOptions } & (
  | { readonly known: Job; readonly job?: undefined }
  | { readonly known?: undefined; readonly job: NewJob }
);
type Fresh = Extract<Prepared, { readonly job: NewJob }>;

/** Names the job that retries what failed in another: a namespace of its own (RFC 9562, 6.6). */
const RETRIES = '5f0c1c62-6a0e-4f55-9c5e-0d1f6d2a7c11';
const NO_FILES: readonly InputFile[] = [];

export interface PushingParts {
  readonly store: JobStore;
  readonly registry: Registry;
  readonly hooks: Hooks;
  readonly uploads: UploadStore;
  readonly secretKeys: SecretKeys;
  readonly events: JobEvents;
  readonly logger: Logger;
  /** The database runs in this process, on one connection: a transaction holds up everything else. */
  readonly isEmbedded: boolean;
  /** A service of this type, to prepare its data. */
  readonly create: (type: string) => ProgressJobInterface;
}

/** The way of a job into the table: check → look for its id → prepare → insert. Nothing is left of a push that is refused. */
export class Pushing {
  /** Types whose services prepare no data: one of each was asked. */
  readonly #unprepared = new Set<RegisteredType>();

  constructor(private readonly parts: PushingParts) {}

  async push(name: string, type: string, data: unknown, options: PushOptions, user: User): Promise<Pushed> {
    const added: InputFile[] = [];
    try {
      const { checked, known, job } = await this.#prepared({ name, type, data, options }, 0, user, added);
      if (known) return { id: known.id, number: known.number, created: false };
      const inserted = await this.#insert({ entry: 0, checked, job }, user);
      if (!inserted.created) await this.#forget(added);
      return this.#answer(inserted, checked, user);
    } catch (error) {
      await this.#forget(added);
      throw error;
    }
  }

  /** All of them or none. What is wrong says with which entry; then nothing was written. */
  async pushMany(
    entries: readonly PushEntry[],
    user: User,
    transaction?: CallersTransaction,
  ): Promise<readonly Pushed[]> {
    checkList(entries);
    const added = entries.map((): InputFile[] => []);
    try {
      const list = await this.#preparedList(entries, user, added, transaction);
      const fresh = list.filter((each): each is Fresh => each.job !== undefined);
      refuseTwins(fresh);
      const jobs = fresh.map(({ job }) => job);
      const refuse: Refuse = (found, index) => this.#refuseOf(fresh[index] as Fresh, found, user);
      const { store } = this.parts;
      const inserted = await (transaction
        ? store.insertWithin(transaction, jobs, refuse)
        : store.insertMany(jobs, refuse));
      const answers: Inserted[] = [];
      for (const [index, { entry }] of fresh.entries()) answers[entry] = inserted[index] as Inserted;
      await this.#forget(added.flatMap((files, entry) => (answers[entry]?.created ? NO_FILES : files)));
      return list.map(({ entry, checked, known }) =>
        this.#answer(answers[entry] ?? { created: false, because: 'id', job: known as Job }, checked, user),
      );
    } catch (error) {
      await this.#forget(added.flat());
      throw error;
    }
  }

  /** Everything but the insert, which is done by whoever asked. Throws as `push`; then nothing is left of it. */
  async prepare(entry: PushEntry, user: User): Promise<PreparedJob> {
    const added: InputFile[] = [];
    try {
      const { job } = await this.#prepared(entry, 0, user, added);
      if (!job) throw new IdTakenError();
      return { job, forget: () => this.#forget(added) };
    } catch (error) {
      await this.#forget(added);
      throw error;
    }
  }

  /** The same job anew, as it was pushed. Throws as `push`, and JobNotFoundError when the job is gone. */
  async pushAgain(job: Job, user: User): Promise<Pushed> {
    this.#type(job.type, user);
    const pushedAs = await this.parts.store.pushedAs(job.number);
    if (pushedAs === undefined) throw new JobNotFoundError(job.id);
    const id = newId();
    const added: InputFile[] = [];
    try {
      const copied = await this.#copied(job, pushedAs.data, user, added);
      return await this.#insertLike(job, pushedAs, { id, version: pushedAs.version, ...copied }, user, added);
    } catch (error) {
      await this.#forget(added);
      throw error;
    }
  }

  /**
   * A job for these items of a finished one, which failed in it. Asked again it is the same job: of items that have
   * been retried already none is retried twice. Throws as `pushAgain`, and what the type's `retryItems` throws.
   */
  async pushFailed(job: Job, keys: readonly string[], user: User): Promise<Pushed> {
    const { config } = this.#type(job.type, user);
    const pushedAs = await this.parts.store.pushedAs(job.number);
    if (pushedAs === undefined) throw new JobNotFoundError(job.id);
    const id = v5(`${job.id} ${job.attempt}`, RETRIES);
    const known = await this.parts.store.get(id, APPLICATION);
    if (known) return { id, number: known.number, created: false };
    const added: InputFile[] = [];
    try {
      const copied = await this.#copied(job, pushedAs.data, user, added);
      const failed = { ...job, data: JSON.parse(copied.data) as unknown, inputs: copied.inputs };
      const context = { user, inputs: copied.inputs, addFile: this.#addFile(user, added) };
      const data = toDataText(await config.retryItems?.(failed, keys, context));
      return await this.#insertLike(job, pushedAs, { id, version: config.version, data, inputs: added }, user, added);
    } catch (error) {
      await this.#forget(added);
      throw error;
    }
  }

  /** What a job was pushed with: its files are copied, and what its data says of a file is said of the copy. */
  async #copied(job: Job, text: string, user: User, added: InputFile[]) {
    let data = text;
    for (const input of job.inputs) {
      const copy = await this.parts.uploads.copy(input, user);
      added.push(copy);
      data = data.replaceAll(input.id, copy.id);
    }
    return { data, inputs: [...added] };
  }

  async #insertLike(
    { id: from, name, type, userId, isHidden, key, group, priority, runAt }: Job,
    pushedAs: PushedAs,
    own: Pick<NewJob, 'id' | 'data' | 'inputs' | 'version'>,
    user: User,
    added: InputFile[],
  ): Promise<Pushed> {
    const { keyScope } = this.#type(type, user).config;
    const like = { name, type, userId, isHidden, key, keyScope, group, priority, runAt };
    if (this.#hasPushHooks) await this.#askHooks({ id: own.id, ...like }, own.data, user);
    const secrets = pushedAs.secrets && this.#resealed(pushedAs.secrets, from, own.id);
    const inserted = await this.parts.store.insert({ ...own, ...like, secrets });
    if (!inserted.created) await this.#forget(added);
    return this.#answer(inserted, { key, onKey: 'reject', transaction: undefined }, user);
  }

  #addFile(user: User, added: InputFile[]): PushContext['addFile'] {
    return async (name, content) => {
      const file = await this.parts.uploads.add(name, asStream(content), user);
      added.push(file);
      return file;
    };
  }

  async #insert(fresh: Fresh, user: User): Promise<Inserted> {
    const { transaction } = fresh.checked;
    if (!transaction) return this.parts.store.insert(fresh.job);
    const refuse: Refuse = (found) => refuseUnlessAccepted(found, fresh.checked, user);
    const [inserted] = await this.parts.store.insertWithin(transaction, [fresh.job], refuse);
    return inserted as Inserted;
  }

  async #preparedList(
    entries: readonly PushEntry[],
    user: User,
    added: readonly InputFile[][],
    transaction: CallersTransaction | undefined,
  ): Promise<Prepared[]> {
    const list: Prepared[] = [];
    for (const [entry, push] of entries.entries()) {
      try {
        const within = transaction ? { ...push, options: { ...push.options, transaction } } : push;
        list.push(await this.#prepared(within, entry, user, added[entry] as InputFile[]));
      } catch (error) {
        throw ofEntry(error, entry);
      }
    }
    return list;
  }

  /** What is to be inserted; or the job that the id is known for. */
  async #prepared(
    { name, type, data, options = {} }: PushEntry,
    entry: number,
    user: User,
    added: InputFile[],
  ): Promise<Prepared> {
    checkText('name', name);
    const checked = forOwner(checkOptions(options), user);
    const registered = this.#type(type, user);
    this.#refuseWaitingForItself(registered, checked);
    const isAsked = options.id !== undefined && checked.transaction === undefined;
    const known = isAsked ? await this.#known(checked, type) : undefined;
    if (known) return { entry, checked, known };
    const inputs = checked.files.length > 0 ? await this.#inputs(checked, user, added) : NO_FILES;
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
    if (this.#hasPushHooks) await this.#askHooks(job, text, user);
    return { entry, checked, job };
  }

  /** Jobs that wait for another one, prepared as any other; of the same owner, unless they say whose. */
  async #next({ next, userId, transaction }: CheckedOptions, user: User, added: InputFile[]): Promise<NewJob[]> {
    checkNext(next);
    const jobs: NewJob[] = [];
    for (const entry of next) {
      if (entry.options?.onKey === 'join')
        throw new InvalidInputError('onKey', 'cannot be "join" for a job that waits for another one.');
      const shared = { ...(userId !== undefined && { userId }), ...entry.options, ...(transaction && { transaction }) };
      const { job } = await this.#prepared({ ...entry, options: shared }, 0, user, added);
      if (!job) throw new IdTakenError();
      jobs.push(job);
    }
    return jobs;
  }

  get #hasPushHooks(): boolean {
    return this.parts.hooks.of('beforePush').length > 0;
  }

  /** They get data of their own: what a hook does to it changes nothing. */
  async #askHooks(pushing: Omit<PushedJob, 'data'>, data: string, user: User): Promise<void> {
    const { id, name, type, userId, isHidden, key, priority, runAt } = pushing;
    const job = { id, name, type, userId, isHidden, key, priority, runAt, data: JSON.parse(data) };
    await this.parts.hooks.before('beforePush', { job, user });
  }

  /** What was sealed for one job does not open for another. */
  #resealed(secrets: SealedSecrets, from: string, to: string): SealedSecrets {
    const { secretKeys } = this.parts;
    return secretKeys.seal(to, secretKeys.open(from, secrets));
  }

  #type(type: unknown, user: User): RegisteredType {
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

  /** On SQLite what reads or keeps files would wait for the connection that the caller's transaction has. */
  #refuseWaitingForItself(type: RegisteredType, { transaction, files }: CheckedOptions): void {
    if (!transaction || !this.parts.isEmbedded) return;
    if (files.length === 0 && (type.config.run || !this.parts.create(type.key).prepareData)) return;
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

  async #inputs({ files }: CheckedOptions, user: User, added: InputFile[]): Promise<readonly InputFile[]> {
    const { uploads } = this.parts;
    const ids = files.filter((file) => typeof file === 'string');
    const known = new Map((await uploads.find(ids, user)).map((file) => [file.id, file]));
    const inputs: InputFile[] = [];
    for (const file of files) {
      if (typeof file === 'string') inputs.push(known.get(file) as InputFile);
      else inputs.push(await this.#copy(file, added));
    }
    return inputs;
  }

  async #copy({ path, name }: LocalFile, added: InputFile[]): Promise<InputFile> {
    const copy = await this.parts.uploads.addLocal(path, name);
    added.push(copy);
    return copy;
  }

  #prepare(type: RegisteredType, data: unknown, user: User, inputs: readonly InputFile[], added: InputFile[]): unknown {
    if (type.config.run || this.#unprepared.has(type)) return data;
    const service = this.parts.create(type.key);
    if (service.prepareData) return service.prepareData(data, { user, inputs, addFile: this.#addFile(user, added) });
    this.#unprepared.add(type);
    return data;
  }

  #answer(inserted: Inserted, asked: Pick<CheckedOptions, 'key' | 'onKey' | 'transaction'>, user: User): Pushed {
    const { id, number, type } = inserted.job;
    if (!inserted.created) refuseUnlessJoined(inserted, asked, user);
    else this.#tell({ id, type }, asked.transaction);
    const pushed = { id, number, created: inserted.created };
    if (!inserted.created || !inserted.next) return pushed;
    return { ...pushed, next: inserted.next.map((later) => ({ id: later.id, number: later.number, created: true })) };
  }

  /** The loop of this process need not look at what nobody else can see yet; after a commit that it does not hear of, it looks anyway. */
  #tell(job: Pick<Job, 'id' | 'type'>, transaction: CallersTransaction | undefined): void {
    const { events } = this.parts;
    if (!transaction) events.emit('pushed', job);
    // Rolled back: there is nothing to tell, and the caller knows.
    else
      void whenCommitted(transaction)?.then(
        () => events.emit('pushed', job),
        () => undefined,
      );
  }

  #refuseOf({ entry, checked }: Fresh, found: Found, user: User): void {
    try {
      refuseUnlessAccepted(found, checked, user);
    } catch (error) {
      throw ofEntry(error, entry);
    }
  }

  /** Files that no job has. One that cannot be removed now is pruned later, and changes nothing about the push. */
  async #forget(added: readonly InputFile[]): Promise<void> {
    for (const { id } of added) {
      try {
        await this.parts.uploads.remove(id);
      } catch (error) {
        this.parts.logger.warn({ upload: id, error: describeError(error) }, 'a file of no job could not be removed');
      }
    }
  }
}

function refuseUnlessAccepted(found: Found, asked: Pick<CheckedOptions, 'key' | 'onKey'>, user: User): void {
  if (found instanceof IdTakenError) throw found;
  refuseUnlessJoined(found, asked, user);
}

/** A busy key is joined only by who asks for it, and may see its holder. */
function refuseUnlessJoined(
  { because, job }: Exclude<Found, IdTakenError>,
  { key = '', onKey }: Pick<CheckedOptions, 'key' | 'onKey'>,
  user: User,
): void {
  const maySee = user.isAdmin || job.userId === user.id;
  if (because === 'key' && (onKey === 'reject' || !maySee)) throw new KeyBusyError(key, maySee ? job.id : undefined);
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

async function* asStream(content: string | Uint8Array | AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (typeof content === 'string') yield Buffer.from(content);
  else if (content instanceof Uint8Array) yield content;
  else yield* content;
}
