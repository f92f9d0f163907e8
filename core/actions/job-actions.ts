import type { ClassOf, Registry } from '../contracts/config.js';
import { ActionNotOfferedError, UnknownActionError } from '../contracts/errors.js';
import type { Job } from '../contracts/job.js';
import { labelOf } from '../contracts/label.js';
import type { StatusActionInterface } from '../contracts/status-action.js';
import type { User } from '../contracts/user.js';
import type { Hooks } from '../hooks/hooks.js';
import { nearest } from '../registry/nearest.js';
import { allowedActions } from './gate.js';

/** An action as a front end shows it. */
export interface OfferedAction {
  readonly type: string;
  readonly label: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const CANCEL = {
  before: 'beforeCancel',
  after: 'afterCancel',
  event: (job: Job, _action: string, user: User) => ({ job, user }),
} as const;
const UPDATE = {
  before: 'beforeUpdate',
  after: 'afterUpdate',
  event: (job: Job, action: string, user: User) => ({ job, action, user }),
} as const;

/** Shows and does what the gate allows. */
export class JobActions {
  constructor(
    private readonly registry: Registry,
    private readonly create: <T>(service: ClassOf<T>) => T,
    private readonly hooks: Hooks,
    /** A job as it is now. */
    private readonly look: (job: Job) => Promise<Job | undefined>,
  ) {}

  offered(job: Job, user: User): Promise<OfferedAction[]> {
    return Promise.all(
      allowedActions(this.registry, job, user).map(async (key) => {
        const action = this.#service(key);
        return { type: key, label: action.label ?? labelOf(key), data: await action.getProgressStatusActionData(job) };
      }),
    );
  }

  /**
   * Throws UnknownActionError for a key that no module declares, ActionNotOfferedError for one that the job's
   * status does not offer now, and what a hook or the action throws.
   */
  async perform(job: Job, key: string, input: Readonly<Record<string, unknown>>, user: User): Promise<unknown> {
    if (!this.registry.actions.has(key)) throw this.#unknown(key);
    const offered = allowedActions(this.registry, job, user);
    if (!offered.includes(key)) throw new ActionNotOfferedError(key, job.status, offered);
    const { before, after, event } = key === 'cancel' ? CANCEL : UPDATE;
    await this.hooks.before(before, event(job, key, user));
    const result = await this.#do(job, key, input, user);
    if (this.hooks.of(after).length > 0) {
      await this.hooks.after(after, event((await this.look(job)) ?? job, key, user));
    }
    return result;
  }

  async #do(job: Job, key: string, input: Readonly<Record<string, unknown>>, user: User): Promise<unknown> {
    try {
      return await this.#service(key).executeStatusAction(job, { user, input });
    } catch (error) {
      if (!(error instanceof ActionNotOfferedError) || error.action !== key) throw error;
      // The job changed between the gate and the action, which does not know what is offered now.
      const now = { ...job, status: error.jobStatus };
      throw new ActionNotOfferedError(key, now.status, allowedActions(this.registry, now, user));
    }
  }

  #service(key: string): StatusActionInterface {
    const action = this.registry.actions.get(key);
    if (!action) throw this.#unknown(key);
    return this.create(action.service);
  }

  #unknown(key: string): UnknownActionError {
    return new UnknownActionError(key, nearest(key, [...this.registry.actions.keys()]));
  }
}
