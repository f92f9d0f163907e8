import type { CheckedOptions } from './check-push.js';
import { describeError } from './contracts/describe-error.js';
import { FileMissingError } from './contracts/errors.js';
import type { InputFile, Job } from './contracts/job.js';
import type { Logger } from './contracts/logger.js';
import type { PushContext } from './contracts/progress-job.js';
import type { LocalFile } from './contracts/push.js';
import type { User } from './contracts/user.js';
import type { UploadStore } from './store/upload-store.js';

/** The files of pushes. `added` takes those that were made for one: they are forgotten when it is refused. */
export class PushFiles {
  constructor(
    private readonly uploads: UploadStore,
    private readonly logger: Logger,
  ) {}

  /** What a service is given that prepares the data of a push with these files. */
  context(user: User, inputs: readonly InputFile[], added: InputFile[]): PushContext {
    return {
      user,
      inputs,
      read: async (input, position, length) => {
        const known = inputs.find(({ id }) => id === input.id);
        if (!known) throw new FileMissingError(input.name);
        return this.uploads.read(known, position, length);
      },
      addFile: async (name, content) => {
        const file = await this.uploads.add(name, asStream(content), user);
        added.push(file);
        return file;
      },
    };
  }

  /** The uploads that a push names, and copies of its files of this machine. */
  async inputs({ files }: CheckedOptions, user: User, added: InputFile[]): Promise<readonly InputFile[]> {
    const ids = files.filter((file) => typeof file === 'string');
    const known = new Map((await this.uploads.find(ids, user)).map((file) => [file.id, file]));
    const inputs: InputFile[] = [];
    for (const file of files) {
      if (typeof file === 'string') inputs.push(known.get(file) as InputFile);
      else inputs.push(await this.#copy(file, added));
    }
    return inputs;
  }

  /** What a job was pushed with: its files are copied, and what its data says of a file is said of the copy. */
  async copied(job: Job, text: string, user: User, added: InputFile[]) {
    let data = text;
    for (const input of job.inputs) {
      const copy = await this.uploads.copy(input, user);
      added.push(copy);
      data = data.replaceAll(input.id, copy.id);
    }
    return { data, inputs: [...added] };
  }

  /** Files that no job has. One that cannot be removed now is pruned later, and changes nothing about the push. */
  async forget(added: readonly InputFile[]): Promise<void> {
    for (const { id } of added) {
      try {
        await this.uploads.remove(id);
      } catch (error) {
        this.logger.warn({ upload: id, error: describeError(error) }, 'a file of no job could not be removed');
      }
    }
  }

  async #copy({ path, name }: LocalFile, added: InputFile[]): Promise<InputFile> {
    const copy = await this.uploads.addLocal(path, name);
    added.push(copy);
    return copy;
  }
}

async function* asStream(content: string | Uint8Array | AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (typeof content === 'string') yield Buffer.from(content);
  else if (content instanceof Uint8Array) yield content;
  else yield* content;
}
