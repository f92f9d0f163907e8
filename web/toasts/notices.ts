import type { JobNotification } from '../client/job.js';
import type { JobClient } from '../client/job-client.js';

/** The end of a job, to be told. */
export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly isError: boolean;
  /** Why it failed. */
  readonly reason: string | undefined;
}

export interface Taken {
  /** The oldest first. */
  readonly notices: readonly Notice[];
  /** How many ended besides, before those. */
  readonly others: number;
}

/** A notification may be written a little after the end that a list has shown: so often it is looked for, so long apart. */
const LOOKS = 6;
const BETWEEN_MS = 500;
const AT_ONCE = 200;

/** What the server has to tell, each end once: only who marks it as read may tell it. */
export class Notices {
  readonly #client: JobClient;
  readonly #most: number;
  #last: Promise<unknown> = Promise.resolve();

  /** `most`: so many are told one by one. */
  constructor(client: JobClient, most: number) {
    this.#client = client;
    this.#most = most;
  }

  /** Waits for those of the `ended` jobs a short while. Throws a `Problem`. */
  take(ended: readonly string[]): Promise<Taken> {
    // One after the other: two looks at once would fight for the same ones.
    const taken = this.#last.catch(() => undefined).then(() => this.#take(ended));
    this.#last = taken;
    return taken;
  }

  async #take(ended: readonly string[]): Promise<Taken> {
    const missing = new Set(ended);
    const notices: Notice[] = [];
    let others = 0;
    for (let look = 1; ; look++) {
      const { list } = await this.#client.notifications(AT_ONCE);
      for (const { jobId } of list) missing.delete(jobId);
      const older = list.slice(this.#most).map(({ id }) => id);
      if (older.length > 0) others += await this.#client.markRead(older);
      for (const notification of list.slice(0, this.#most).reverse()) {
        if ((await this.#client.markRead([notification.id])) === 1) notices.push(await this.#noticeOf(notification));
      }
      if (missing.size === 0 || look === LOOKS) return { notices, others };
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    }
  }

  async #noticeOf({ id, text, status, jobId }: JobNotification): Promise<Notice> {
    const isError = status === 'error';
    return { id, text, isError, reason: isError ? await this.#client.errorOf(jobId) : undefined };
  }
}
