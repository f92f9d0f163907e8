import { constants, createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import { FileMissingError } from '../contracts/errors.js';
import type { OutputFile } from '../contracts/job.js';
import type { FileFolder } from './file-folder.js';

/** A file of a job, to be streamed. */
export interface JobFileContent {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes from `start` to `end`, both included; all by default. */
  stream(start?: number, end?: number): AsyncIterable<Uint8Array>;
}

/** Reads files that recorded slices wrote: the parts named in the row, in order. */
export class OutputReader {
  constructor(private readonly folder: FileFolder) {}

  /** Throws FileMissingError when a part is gone, before the first byte is given out. */
  async open(jobId: string, file: OutputFile): Promise<JobFileContent> {
    const paths = await Promise.all(file.parts.map((part) => this.folder.part(jobId, file.name, part.name)));
    for (const path of paths) {
      await access(path, constants.R_OK).catch(() => {
        throw new FileMissingError(file.name);
      });
    }
    const parts = file.parts.map(({ size }, index) => ({ path: paths[index] as string, size }));
    return {
      name: file.name,
      size: file.size,
      stream: (start = 0, end = file.size - 1) => streamed(parts, start, end),
    };
  }
}

async function* streamed(
  parts: readonly { readonly path: string; readonly size: number }[],
  start: number,
  end: number,
): AsyncIterable<Uint8Array> {
  let from = 0;
  for (const { path, size } of parts) {
    const first = Math.max(start - from, 0);
    const last = Math.min(end - from, size - 1);
    if (first <= last) yield* createReadStream(path, { start: first, end: last });
    from += size;
  }
}
