import type { NewJob } from './job-store.js';

/** A job that was checked and prepared as for a push, to be inserted by whoever asked for it. */
export interface PreparedJob {
  readonly job: NewJob;
  /** Takes back what was prepared for it, when it was not inserted. */
  forget(): Promise<void>;
}
