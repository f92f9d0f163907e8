import { type FileHandle, open, rm } from 'node:fs/promises';
import { FileMissingError } from '../contracts/errors.js';
import type { InputFile, OutputFile } from '../contracts/job.js';
import type { JobFiles } from '../contracts/progress-job.js';
import { checkFileName, type FileFolder, withoutPath } from '../store/file-folder.js';
import { writeFully } from '../store/write-fully.js';
import type { Soon } from './soon.js';

interface Part {
  readonly path: string;
  readonly handle: FileHandle;
  /** Bytes. */
  size: number;
  /** Bytes that are durable. */
  synced: number;
}

/** How long each part was at some moment. */
export type PartSizes = ReadonlyMap<string, number>;

/** The files of a job while one slice runs: it reads inputs, and adds one part to each file it writes to. */
export class SliceFiles implements JobFiles {
  readonly #parts = new Map<string, Part>();
  /** The last append; `undefined`: there was none. */
  #appending: Promise<void> | undefined;
  #isClosed = false;

  constructor(
    private readonly folder: FileFolder,
    private readonly job: {
      readonly id: string;
      readonly inputs: readonly InputFile[];
      readonly outputs: readonly OutputFile[];
    },
    /** Names this slice under this lease, and no other. */
    private readonly partName: string,
  ) {}

  get inputs(): readonly InputFile[] {
    return this.job.inputs;
  }

  get outputs(): readonly OutputFile[] {
    return this.job.outputs;
  }

  /** Nothing was appended: there is nothing to make durable, to take back or to close. */
  get areUntouched(): boolean {
    return this.#appending === undefined;
  }

  async read(input: InputFile, position = 0, length = input.size): Promise<Buffer> {
    if (!this.inputs.some(({ id }) => id === input.id)) throw new FileMissingError(input.name);
    return this.folder.readUpload(input, position, length);
  }

  /** Appends follow one another, also when the job does not wait for them. */
  append(name: string, content: string | Uint8Array): Promise<void> {
    // A part that a row names by now would be begun anew.
    if (this.#isClosed)
      return Promise.reject(
        new Error('context.files.append was called after its slice had ended. Await your work before returning.'),
      );
    if (typeof content !== 'string' && !(content instanceof Uint8Array))
      return Promise.reject(new TypeError('context.files.append takes a text or a Uint8Array.'));
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const before = this.#appending ?? Promise.resolve();
    const done = before.then(() => withoutPath(name, () => this.#write(checkFileName(name), bytes)));
    this.#appending = done;
    // The caller may not wait; `seal` will, and then it throws.
    done.catch(() => undefined);
    return done;
  }

  /** For `rewind`, when write callbacks are run again. Makes the parts durable, so that it is not waited for in a transaction. */
  async sizes(): Promise<PartSizes> {
    await this.#appending;
    for (const [name, part] of this.#parts) await this.#sync(name, part);
    return new Map([...this.#parts].map(([name, part]) => [name, part.size]));
  }

  /** Takes back what was appended since. */
  async rewind(sizes: PartSizes): Promise<void> {
    await this.#appending;
    for (const [name, part] of this.#parts) {
      const size = sizes.get(name) ?? 0;
      if (size === part.size) continue;
      await part.handle.truncate(size);
      part.size = size;
      part.synced = 0;
    }
  }

  /** Makes the parts durable and gives the job's files with them, for the row to name; `undefined` when none was written. */
  async seal(): Promise<readonly OutputFile[] | undefined> {
    await this.#appending;
    const written = [...this.#parts].filter(([, part]) => part.size > 0);
    if (written.length === 0) return undefined;
    const files = new Map(this.outputs.map((file) => [file.name, file]));
    for (const [name, part] of written) {
      await this.#sync(name, part);
      const { size } = part;
      const before = files.get(name) ?? { name, size: 0, parts: [] };
      files.set(name, { name, size: before.size + size, parts: [...before.parts, { name: this.partName, size }] });
    }
    return [...files.values()];
  }

  /** Ends the slice; parts that no row names are removed. */
  close({ keep }: { readonly keep: boolean }): Soon<void> {
    this.#isClosed = true;
    return this.areUntouched ? undefined : this.#closeParts(keep);
  }

  async #closeParts(keep: boolean): Promise<void> {
    // What failed was thrown by `seal`, when the slice came that far.
    await this.#appending?.catch(() => undefined);
    for (const { handle, path, size } of this.#parts.values()) {
      await handle.close();
      if (!keep || size === 0) await rm(path, { force: true });
    }
    this.#parts.clear();
  }

  async #write(name: string, bytes: Uint8Array): Promise<void> {
    const part = this.#parts.get(name) ?? (await this.#begin(name));
    await writeFully(part.handle, bytes, part.size);
    part.size += bytes.length;
  }

  async #sync(name: string, part: Part): Promise<void> {
    if (part.synced === part.size) return;
    await withoutPath(name, () => part.handle.sync());
    part.synced = part.size;
  }

  async #begin(name: string): Promise<Part> {
    const path = await this.folder.part(this.job.id, name, this.partName);
    const part = { path, handle: await open(path, 'w', 0o600), size: 0, synced: 0 };
    this.#parts.set(name, part);
    return part;
  }
}
