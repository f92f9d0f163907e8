import { v7 as uuid } from 'uuid';
import {
  type CheckedOptions,
  checkData,
  checkOptions,
  type LocalFile,
  type PushOptions,
  toDataText,
} from './check-push.js';
import { checkText } from './contracts/check-text.js';
import type { RegisteredType, Registry } from './contracts/config.js';
import { ForbiddenError, IdTakenError, JobNotFoundError, KeyBusyError, RefusedError } from './contracts/errors.js';
import type { InputFile, Job } from './contracts/job.js';
import type { JobEvents } from './contracts/job-events.js';
import type { Inserted, JobStore } from './contracts/job-store.js';
import type { ProgressJobInterface } from './contracts/progress-job.js';
import { APPLICATION, type User } from './contracts/user.js';
import { nearest } from './registry/nearest.js';
import type { UploadStore } from './store/upload-store.js';
import { mayStart } from './types-for.js';

/** What a push gives back. `created: false`: the job was there already, by its id or its key. */
export interface Pushed {
  readonly id: string;
  readonly number: number;
  readonly created: boolean;
}

export interface PushingParts {
  readonly store: JobStore;
  readonly registry: Registry;
  readonly uploads: UploadStore;
  readonly events: JobEvents;
  /** A service of this type, to prepare its data. */
  readonly create: (type: string) => ProgressJobInterface;
}

/** The way of a job into the table: check → look for its id → prepare → insert. Nothing is left of a push that is refused. */
export class Pushing {
  constructor(private readonly parts: PushingParts) {}

  async push(name: string, type: string, data: unknown, options: PushOptions, user: User): Promise<Pushed> {
    checkText('name', name);
    const checked = forOwner(checkOptions(options), user);
    const registered = this.#type(type, user);
    const known = options.id === undefined ? undefined : await this.#known(checked, type);
    if (known) return { id: known.id, number: known.number, created: false };

    const added: InputFile[] = [];
    try {
      const inputs = await this.#inputs(checked, user, added);
      const copied = added.length;
      const prepared = await this.#prepare(registered, await checkData(registered, data), user, inputs, added);
      const inserted = await this.parts.store.insert({
        ...checked,
        name,
        type,
        data: toDataText(prepared),
        inputs: [...inputs, ...added.slice(copied)],
      });
      if (!inserted.created) await this.#forget(added);
      return this.#answer(inserted, checked, user);
    } catch (error) {
      await this.#forget(added);
      throw error;
    }
  }

  /** The same job anew, as it was pushed. Throws as `push`, and JobNotFoundError when the job is gone. */
  async pushAgain(job: Job, user: User): Promise<Pushed> {
    this.#type(job.type, user);
    let data = await this.parts.store.pushedData(job.number);
    if (data === undefined) throw new JobNotFoundError(job.id);
    const added: InputFile[] = [];
    try {
      for (const input of job.inputs) {
        const copy = await this.parts.uploads.copy(input, user);
        added.push(copy);
        // What the data says of a file is said of its copy.
        data = data.replaceAll(input.id, copy.id);
      }
      const { name, type, userId, isHidden, key, priority, runAt } = job;
      const inserted = await this.parts.store.insert({
        ...{ id: uuid(), name, type, data, inputs: added, userId, isHidden, key, priority, runAt },
      });
      return this.#answer(inserted, { key, onKey: 'reject' }, user);
    } catch (error) {
      await this.#forget(added);
      throw error;
    }
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

  async #inputs({ files }: CheckedOptions, user: User, added: InputFile[]): Promise<InputFile[]> {
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
    if (type.config.run) return data;
    const addFile = async (name: string, content: string | Uint8Array | AsyncIterable<Uint8Array>) => {
      const file = await this.parts.uploads.add(name, asStream(content), user);
      added.push(file);
      return file;
    };
    const service = this.parts.create(type.key);
    return service.prepareData ? service.prepareData(data, { user, inputs, addFile }) : data;
  }

  #answer(inserted: Inserted, { key = '', onKey }: Pick<CheckedOptions, 'key' | 'onKey'>, user: User): Pushed {
    const { id, number, type, userId } = inserted.job;
    if (inserted.created) {
      this.parts.events.emit('pushed', { id, type });
      return { id, number, created: true };
    }
    const maySee = user.isAdmin || userId === user.id;
    if (inserted.because === 'key' && (onKey === 'reject' || !maySee))
      throw new KeyBusyError(key, maySee ? id : undefined);
    return { id, number, created: false };
  }

  async #forget(added: readonly InputFile[]): Promise<void> {
    await Promise.all(added.map(({ id }) => this.parts.uploads.remove(id)));
  }
}

/** Users push for themselves; admins and the application for anybody. */
function forOwner(options: CheckedOptions, user: User): CheckedOptions {
  if (user.isAdmin) return { ...options, userId: options.userId ?? (user.id || undefined) };
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
