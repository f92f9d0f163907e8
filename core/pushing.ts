import {
  type CheckedOptions,
  checkData,
  checkOptions,
  type LocalFile,
  PUSH_OPTIONS,
  type PushOptions,
  toDataText,
} from './check-push.js';
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
import type { Found, Inserted, JobStore, NewJob } from './contracts/job-store.js';
import type { Logger } from './contracts/logger.js';
import type { JobData, JobType, ProgressJobInterface } from './contracts/progress-job.js';
import type { SealedSecrets } from './contracts/secret.js';
import { APPLICATION, type User } from './contracts/user.js';
import type { Hooks } from './hooks/hooks.js';
import { nearest } from './registry/nearest.js';
import type { SecretKeys } from './secrets/secret-keys.js';
import { newId } from './store/new-id.js';
import type { UploadStore } from './store/upload-store.js';
import { mayStart } from './types-for.js';

/** What a push gives back. `created: false`: the job was there already, by its id or its key. */
export interface Pushed {
  readonly id: string;
  readonly number: number;
  readonly created: boolean;
}

/** One of a list of pushes. */
export interface PushEntry<T extends JobType = JobType> {
  readonly name: string;
  readonly type: T;
  readonly data?: JobData<T>;
  readonly options?: PushOptions;
}

/** `entry`: its place in the list that was given. */
type Prepared = { readonly entry: number; readonly checked: CheckedOptions } & (
  | { readonly known: Job; readonly job?: undefined }
  | { readonly known?: undefined; readonly job: NewJob }
);
type Fresh = Extract<Prepared, { readonly job: NewJob }>;

/** Entries of one list. */
const MOST_ENTRIES = 10_000;
const ENTRY_KEYS = ['name', 'type', 'data', 'options'];
const NO_FILES: readonly InputFile[] = [];

export interface PushingParts {
  readonly store: JobStore;
  readonly registry: Registry;
  readonly hooks: Hooks;
  readonly uploads: UploadStore;
  readonly secretKeys: SecretKeys;
  readonly events: JobEvents;
  readonly logger: Logger;
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
      const inserted = await this.parts.store.insert(job);
      if (!inserted.created) await this.#forget(added);
      return this.#answer(inserted, checked, user);
    } catch (error) {
      await this.#forget(added);
      throw error;
    }
  }

  /** All of them or none. What is wrong says with which entry; then nothing was written. */
  async pushMany(entries: readonly PushEntry[], user: User): Promise<readonly Pushed[]> {
    checkList(entries);
    const added = entries.map((): InputFile[] => []);
    try {
      const list = await this.#preparedList(entries, user, added);
      const fresh = list.filter((each): each is Fresh => each.job !== undefined);
      refuseTwins(fresh);
      const inserted = await this.parts.store.insertMany(
        fresh.map(({ job }) => job),
        (found, index) => this.#refuseOf(fresh[index] as Fresh, found, user),
      );
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

  /** The same job anew, as it was pushed. Throws as `push`, and JobNotFoundError when the job is gone. */
  async pushAgain(job: Job, user: User): Promise<Pushed> {
    this.#type(job.type, user);
    const pushedAs = await this.parts.store.pushedAs(job.number);
    if (pushedAs === undefined) throw new JobNotFoundError(job.id);
    const id = newId();
    const secrets = pushedAs.secrets && this.#resealed(pushedAs.secrets, job.id, id);
    let { data } = pushedAs;
    const added: InputFile[] = [];
    try {
      for (const input of job.inputs) {
        const copy = await this.parts.uploads.copy(input, user);
        added.push(copy);
        // What the data says of a file is said of its copy.
        data = data.replaceAll(input.id, copy.id);
      }
      const { name, type, userId, isHidden, key, priority, runAt } = job;
      const pushing = { id, name, type, userId, isHidden, key, priority, runAt };
      await this.#askHooks(pushing, data, user);
      const { version } = pushedAs;
      const inserted = await this.parts.store.insert({ ...pushing, data, inputs: added, version, secrets });
      return this.#answer(inserted, { key, onKey: 'reject' }, user);
    } catch (error) {
      await this.#forget(added);
      throw error;
    }
  }

  async #preparedList(entries: readonly PushEntry[], user: User, added: readonly InputFile[][]): Promise<Prepared[]> {
    const list: Prepared[] = [];
    for (const [entry, push] of entries.entries()) {
      try {
        list.push(await this.#prepared(push, entry, user, added[entry] as InputFile[]));
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
    const known = options.id === undefined ? undefined : await this.#known(checked, type);
    if (known) return { entry, checked, known };
    const inputs = checked.files.length > 0 ? await this.#inputs(checked, user, added) : NO_FILES;
    const copied = added.length;
    const fitting = registered.config.schema ? await checkData(registered, data) : data;
    const prepared = await this.#prepare(registered, fitting, user, inputs, added);
    const { id, userId, isHidden, key, priority, runAt, secret } = checked;
    const all = added.length > copied ? [...inputs, ...added.slice(copied)] : inputs;
    const text = toDataText(prepared);
    const pushing = { id, name, type, userId, isHidden, key, priority, runAt };
    await this.#askHooks(pushing, text, user);
    const secrets = secret && this.parts.secretKeys.seal(id, secret);
    const { version = 1 } = registered.config;
    return {
      entry,
      checked,
      job: { ...pushing, data: text, inputs: all, version, secrets },
    };
  }

  /** They get data of their own: what a hook does to it changes nothing. */
  async #askHooks(pushing: Omit<PushedJob, 'data'>, data: string, user: User): Promise<void> {
    if (this.parts.hooks.of('beforePush').length === 0) return;
    await this.parts.hooks.before('beforePush', { job: { ...pushing, data: JSON.parse(data) }, user });
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
    const addFile = async (name: string, content: string | Uint8Array | AsyncIterable<Uint8Array>) => {
      const file = await this.parts.uploads.add(name, asStream(content), user);
      added.push(file);
      return file;
    };
    const service = this.parts.create(type.key);
    if (service.prepareData) return service.prepareData(data, { user, inputs, addFile });
    this.#unprepared.add(type);
    return data;
  }

  #answer(inserted: Inserted, asked: Pick<CheckedOptions, 'key' | 'onKey'>, user: User): Pushed {
    const { id, number, type } = inserted.job;
    if (!inserted.created) refuseUnlessJoined(inserted, asked, user);
    else this.parts.events.emit('pushed', { id, type });
    return { id, number, created: inserted.created };
  }

  #refuseOf({ entry, checked }: Fresh, found: Found, user: User): void {
    try {
      if (found instanceof IdTakenError) throw found;
      refuseUnlessJoined(found, checked, user);
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

function checkList(entries: unknown): void {
  if (!Array.isArray(entries)) throw new InvalidInputError('jobs', 'must be a list of { name, type, data, options }.');
  if (entries.length > MOST_ENTRIES)
    throw new InvalidInputError('jobs', `has ${entries.length} entries; ${MOST_ENTRIES} are allowed at once.`);
  const entry = entries.findIndex((each) => typeof each !== 'object' || each === null);
  if (entry >= 0)
    throw ofEntry(new InvalidInputError('jobs', 'must be an object { name, type, data, options }.'), entry);
  for (const [index, each] of entries.entries()) {
    const unknown = Object.keys(each).find((key) => !ENTRY_KEYS.includes(key));
    if (unknown === undefined) continue;
    const advice = PUSH_OPTIONS.includes(unknown) ? 'Put it into its "options".' : nearest(unknown, ENTRY_KEYS);
    throw ofEntry(new InvalidInputError(unknown, `is no field of an entry. ${advice}`), index);
  }
}

/** Two entries of one id or one key would be one job, and which of them it is would be nobody's decision. */
function refuseTwins(list: readonly Fresh[]): void {
  const ids = new Map<string, number>();
  const keys = new Map<string, number>();
  for (const { entry, job } of list) {
    refuseTwin('id', ids, job.id, entry);
    if (job.key !== undefined) refuseTwin('key', keys, `${job.type}\0${job.key}`, entry);
  }
}

function refuseTwin(field: string, seen: Map<string, number>, value: string, entry: number): void {
  const twin = seen.get(value);
  if (twin !== undefined) throw ofEntry(new InvalidInputError(field, `is that of entry ${twin} too.`), entry);
  seen.set(value, entry);
}
