import type { Job } from './job.js';
import type { User } from './user.js';

/** What an action is given when it is pressed. */
export interface ActionContext {
  readonly user: User;
  /** What the caller sent along; `{}` when nothing. */
  readonly input: Readonly<Record<string, unknown>>;
}

/**
 * A key that people may press while a job is in certain statuses. A fresh instance serves each call.
 * `data.url` of a button, or `url` of a result, is a path the front end opens (a download, a page); with
 * `data.isEmpty: true` the front end leaves the button out, because it would bring nothing; with `data.confirm: true`
 * it asks once before.
 */
export interface StatusActionInterface {
  /** What the button says; by default made from the key: `download_export_file` → `Download export file`. */
  readonly label?: string;
  /** Data of the button. */
  getProgressStatusActionData(job: Job): Readonly<Record<string, unknown>> | Promise<Readonly<Record<string, unknown>>>;
  /** Does it. What it returns goes back to the caller as `result`. */
  executeStatusAction(job: Job, context: ActionContext): unknown;
}
