import { constants, createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { FileMissingError } from '../contracts/errors.js';
import type { InputFile, OutputFile } from '../contracts/job.js';
import type { FileFolder } from './file-folder.js';

/** A file of a job, to be streamed. */
export interface JobFileContent {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes from `start` to `end`, both included; all by default. */
  stream(start?: number, end?: number): AsyncIterable<Uint8Array>;
}

/** Reads files of jobs: those that recorded slices wrote, by the parts named in the row, in order, and inputs. */
export class OutputReader {
  constructor(private readonly folder: FileFolder) {}

  /** Throws FileMissingError when a part is gone, before the first byte is given out. */
  async open(jobId: string, file: OutputFile): Promise<JobFileContent> {
    const paths = await Promise.all(file.parts.map((part) => this.folder.part(jobId, file.name, part.name)));
    return contentOf(
      file,
      file.parts.map(({ size }, index) => ({ path: paths[index] as string, size })),
    );
  }

  /** The same for a file that a job reads. */
  async openInput(file: InputFile): Promise<JobFileContent> {
    return contentOf(file, [{ path: await this.folder.upload(file.id), size: file.size }]);
  }
}

interface Part {
  readonly path: string;
  readonly size: number;
}

async function contentOf({ name, size }: InputFile | OutputFile, parts: readonly Part[]): Promise<JobFileContent> {
  for (const { path } of parts) {
    await access(path, constants.R_OK).catch(() => {
      throw new FileMissingError(name);
    });
  }
  return { name, size, stream: (start = 0, end = size - 1) => streamed(parts, start, end) };
}

async function* streamed(parts: readonly Part[], start: number, end: number): AsyncIterable<Uint8Array> {
  let from = 0;
  for (const { path, size } of parts) {
    const first = Math.max(start - from, 0);
    const last = Math.min(end - from, size - 1);
    if (first <= last) yield* createReadStream(path, { start: first, end: last });
    from += size;
  }
}
