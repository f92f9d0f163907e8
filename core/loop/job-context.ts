import type { JobContext, JobFiles, WriteTransaction } from '../contracts/progress-job.js';
import type { Secrets } from '../contracts/secret.js';
import { APPLICATION, type User } from '../contracts/user.js';
import { NO_SECRETS } from './opened-secrets.js';
import type { RunningJob } from './running-job.js';

type WriteCallback = (transaction: WriteTransaction) => void | Promise<void>;

/** What a slice is given, and what it left there. */
export class SliceContext implements JobContext {
  declare readonly signal: AbortSignal;
  readonly user: User;
  readonly secret: Secrets;
  readonly writes: WriteCallback[] = [];
  reported: { readonly progress: number; readonly message: string | undefined } | undefined;
  #open = true;

  constructor(
    running: RunningJob,
    readonly files: JobFiles,
  ) {
    // Made when it is asked for; a property of its own, so that `{ ...context }` has it.
    Object.defineProperty(this, 'signal', { get: () => running.signal, enumerable: true });
    this.secret = running.opened?.secrets ?? NO_SECRETS;
    const { userId } = running.claimed.job;
    this.user = userId === undefined ? APPLICATION : { id: userId, isAdmin: false };
  }

  /** Arrow functions, so that a service may take them apart: `const { report } = context`. */
  readonly report = (progress: number, message?: string): void => {
    const { progress: last = 0, message: before } = this.reported ?? {};
    this.reported = { progress: Number.isFinite(progress) ? progress : last, message: message ?? before };
  };

  readonly write = (callback: WriteCallback): void => {
    if (!this.#open)
      throw new Error(
        'context.write was called after its slice had returned: nothing would run it. Await your work before returning.',
      );
    this.writes.push(callback);
  };

  /** The slice has returned. */
  close(): void {
    this.#open = false;
  }
}
