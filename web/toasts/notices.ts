import type { JobNotification } from '../client/job.js';
import type { JobClient } from '../client/job-client.js';
import { Problem } from '../client/problem.js';

/** The end of a job, to be told. */
export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly isError: boolean;
  /** Why it failed. */
  readonly reason: string | undefined;
}

/** Takes what is told: a notice, or how many ended before those that are told one by one. */
export interface Listener {
  readonly notice: (notice: Notice) => void;
  readonly others: (count: number) => void;
  /** Would anybody see it now? */
  readonly isSeen: () => boolean;
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

  /**
   * Tells as it goes, the oldest first; waits for the `ended` jobs among it a short while. What nobody would see it
   * leaves as it is. Throws a `Problem`.
   */
  tell(ended: readonly string[], listener: Listener): Promise<void> {
    // One after the other: two looks at once would fight for the same ones.
    const told = this.#last.catch(() => undefined).then(() => this.#tell(ended, listener));
    this.#last = told;
    return told;
  }

  async #tell(ended: readonly string[], { notice, others, isSeen }: Listener): Promise<void> {
    const missing = new Set(ended);
    for (let look = 1; ; look++) {
      const { list } = await this.#client.notifications(AT_ONCE);
      for (const { jobId } of list) missing.delete(jobId);
      if (!isSeen()) return;
      const older = list.slice(this.#most).map(({ id }) => id);
      if (older.length > 0) others(await this.#client.markRead(older));
      for (const notification of list.slice(0, this.#most).reverse()) {
        // Made before: a tab that is closed between the mark and the telling takes the end with it.
        const made = await this.#noticeOf(notification);
        if (!isSeen()) return;
        if ((await this.#client.markRead([made.id])) === 1) notice(made);
      }
      if (missing.size === 0 || look === LOOKS) return;
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
    }
  }

  /** It is told also when the reason cannot be had. */
  async #noticeOf({ id, text, status, jobId }: JobNotification): Promise<Notice> {
    const isError = status === 'error';
    const reason = isError ? await this.#client.errorOf(jobId).catch(unknown) : undefined;
    return { id, text, isError, reason };
  }
}

function unknown(error: unknown): undefined {
  if (!(error instanceof Problem)) throw error;
}
