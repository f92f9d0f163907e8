import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { access, copyFile, mkdir, open, opendir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { validate as isUuid } from 'uuid';
import { ConfigurationError, FileMissingError, InvalidInputError } from '../contracts/errors.js';
import type { InputFile, OutputFile } from '../contracts/job.js';

/** Where the bytes of uploads and of job files lie. Names on disk are ours; what people call a file is only data. */
export class FileFolder {
  constructor(private readonly root: string) {}

  /** Throws ConfigurationError when files could not be kept there. */
  async check(): Promise<void> {
    try {
      await access(await this.#folder(), constants.W_OK);
    } catch (cause) {
      const fault = `The folder of files cannot be written (${(cause as { code?: string }).code}): ${this.root}. Mend its rights, or name another with PM_FILES_DIR (filesDir in boot).`;
      throw new ConfigurationError([fault], { cause });
    }
  }

  async upload(id: string): Promise<string> {
    return join(await this.#folder('uploads'), id);
  }

  /** Up to `length` bytes of an upload from byte `position`; fewer only at its end. Throws FileMissingError when its bytes are gone. */
  async readUpload({ id, name, size }: InputFile, position: number, length: number): Promise<Buffer> {
    const path = await this.upload(id);
    return withoutPath(name, async () => {
      await using handle = await open(path, 'r').catch((cause) => {
        throw missing(name, cause);
      });
      const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - position)));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      return buffer.subarray(0, bytesRead);
    });
  }

  /** One part of an output file: a killed slice's part has a name that no row ever says. */
  async part(jobId: string, fileName: string, part: string): Promise<string> {
    return join(await this.#folder('jobs', jobId), nameOnDisk(fileName, part));
  }

  /** Throws FileMissingError, with the name that people know it by, when the bytes are gone. */
  async copyUpload(from: string, to: string, name: string): Promise<void> {
    try {
      await copyFile(
        await this.upload(from),
        await this.upload(to),
        constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE,
      );
    } catch (cause) {
      throw missing(name, cause);
    }
  }

  async removeUpload(id: string): Promise<void> {
    await rm(join(this.root, 'uploads', id), { force: true });
  }

  /** Ids of jobs with files that were last written longer ago than this, ms. */
  async *jobs(ageMs: number): AsyncGenerator<string> {
    const folder = await this.#folder('jobs');
    for await (const { name } of await opendir(folder)) {
      const { mtimeMs } = await stat(join(folder, name));
      if (mtimeMs < Date.now() - ageMs && isUuid(name)) yield name;
    }
  }

  /** Removes parts that none of these files names and that were last written longer ago than this, ms. */
  async removeUnnamed(jobId: string, outputs: readonly OutputFile[], ageMs: number): Promise<void> {
    const named = new Set(outputs.flatMap(({ name, parts }) => parts.map((part) => nameOnDisk(name, part.name))));
    const folder = join(this.root, 'jobs', jobId);
    for (const name of (await readdir(folder).catch(unlessGone)) ?? []) {
      if (named.has(name)) continue;
      const found = await stat(join(folder, name)).catch(unlessGone);
      if (found && found.mtimeMs < Date.now() - ageMs) await rm(join(folder, name), { force: true });
    }
  }

  async removeJob(jobId: string): Promise<void> {
    await rm(join(this.root, 'jobs', jobId), { recursive: true, force: true });
  }

  async #folder(...names: string[]): Promise<string> {
    const folder = join(this.root, ...names);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }
}

const nameOnDisk = (fileName: string, part: string) =>
  `${createHash('sha256').update(fileName).digest('hex').slice(0, 16)}.${part}`;

/** Another process prunes too. */
const unlessGone = (cause: unknown): undefined => {
  if ((cause as { code?: unknown }).code !== 'ENOENT') throw cause;
};

const missing = (name: string, cause: unknown) =>
  (cause as { code?: unknown }).code === 'ENOENT' ? new FileMissingError(name) : cause;

/** Where our files lie on the disk is nobody's business who reads the job's row. */
export async function withoutPath<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof Error) || !('syscall' in cause)) throw cause;
    throw new Error(`The file "${name}" could not be read or written: ${cause.message.split(',')[0]}`, { cause });
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not pass
const UNFIT = /[\u0000-\u001f\u007f/\\]/;

/** Gives back a file name that can be shown and sent in a header. Throws InvalidInputError otherwise. */
export function checkFileName(name: string): string {
  if (name.length === 0 || name.length > 255 || UNFIT.test(name) || !name.isWellFormed() || /^\.+$/.test(name)) {
    throw new InvalidInputError('file name', 'must be 1 to 255 characters without slashes and control characters.');
  }
  return name;
}
