import type { JobPush, JobView, UploadedFile } from '../client/job.js';
import type { JobClient } from '../client/job-client.js';
import { Problem } from '../client/problem.js';
import { newId } from './new-id.js';

/** What is filled in: the job without its id and its uploaded file. */
export type Filled = Pick<JobPush, 'name' | 'type' | 'data'>;

/** Starts the job of a form. Trying again neither starts a second job nor uploads the same file twice. */
export class Starter {
  readonly #client: JobClient;
  #id = newId();
  #uploaded: { readonly from: File; readonly file: UploadedFile } | undefined;

  constructor(client: JobClient) {
    this.#client = client;
  }

  /** Something else was filled in: it will be another job. */
  changed(): void {
    this.#id = newId();
  }

  /** Uploads, pushes and gives back the new job; throws the server's refusal. `onProgress` is told the bytes sent. */
  async start(
    filled: Filled,
    file: File | undefined,
    onProgress: (sent: number) => void,
    signal: AbortSignal,
  ): Promise<JobView> {
    const files = file === undefined ? {} : { files: [(await this.#upload(file, onProgress, signal)).id] };
    try {
      const job = await this.#client.push({ id: this.#id, ...filled, ...files });
      this.#uploaded = undefined;
      this.changed();
      return job;
    } catch (error) {
      if (error instanceof Problem && error.code === 'file_refused') this.#uploaded = undefined;
      throw error;
    }
  }

  async #upload(from: File, onProgress: (sent: number) => void, signal: AbortSignal): Promise<UploadedFile> {
    if (this.#uploaded?.from !== from) {
      this.#uploaded = { from, file: await this.#client.upload(from, onProgress, signal) };
    }
    return this.#uploaded.file;
  }
}
