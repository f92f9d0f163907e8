import {
  type As,
  inject,
  type JobData,
  type JobFilter,
  type JobType,
  type Services,
  type Status,
  TERMINAL_STATUSES,
  UNFINISHED_STATUSES,
} from 'progress-manager';
import { type Task, taskOf } from './task.js';

/** How a task is submitted; whatever else a job may be given, `progressManager.push` takes. */
export interface SubmitOptions extends As {
  /** What people read; by default the type's label. */
  readonly name?: string;
  /** Held by one unfinished task of the type at a time. */
  readonly key?: string;
}

/** What a handler answers with, as it is. */
export interface Submitted {
  readonly task_id: string;
}

/** Tasks in the words of a task manager with `submit`: each is a job. */
export class TaskApi {
  constructor(
    @inject('progressManager') private readonly progressManager: Services['progressManager'],
    @inject('registry') private readonly registry: Services['registry'],
  ) {}

  /** Begins a task and returns at once. Throws as `progressManager.push`. */
  async submit<T extends JobType>(type: T, data?: JobData<T>, options: SubmitOptions = {}): Promise<Submitted> {
    const { name = this.registry.types.get(type)?.label ?? type, user, ...pushing } = options;
    const { id } = await this.progressManager.push(name, type, data, pushing, user ? { user } : {});
    return { task_id: id };
  }

  /** `undefined`: there is no such task, or the user may not see it. */
  async get(id: string, as: As = {}): Promise<Task | undefined> {
    const job = await this.progressManager.get(id, as);
    // Numbers, which the façade takes too, are no ids of tasks.
    return job?.id === id.toLowerCase() ? taskOf(job) : undefined;
  }

  /** The newest first, 1 to 200 of them; hidden and closed ones left out. */
  async list(limit: number, as: As = {}): Promise<readonly Task[]> {
    // A listing of jobs begins with what is unfinished, however old.
    const unfinished = await this.#newest(UNFINISHED_STATUSES, limit, as);
    // One that ends between the two looks is in both, and stands as it was seen last.
    const seen = new Map(
      [...unfinished, ...(await this.#newest(TERMINAL_STATUSES, limit, as))].map((job) => [job.id, job]),
    );
    const jobs = [...seen.values()].sort((one, other) => other.number - one.number);
    return jobs.slice(0, limit).map(taskOf);
  }

  async #newest(status: readonly Status[], limit: number, { user }: As) {
    // An admin too is told what is theirs: it is what their page shows.
    const filter: JobFilter = { status, limit, ...(user && { userId: user.id }) };
    return (await this.progressManager.find(filter, user ? { user } : {})).list;
  }
}
