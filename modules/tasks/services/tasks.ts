import type { As, Job, JobFileContent, JobFilter, JobRef, Services } from 'progress-manager';
import { everyJob, ForbiddenError, inject, JobNotFoundError, UNFINISHED_STATUSES } from 'progress-manager';
import { entryOf, type TaskData, type TaskRequest } from './task-data.js';
import { statusOf, type TaskView, viewOf } from './task-view.js';

/** Tasks in the words of their users: a task is a job of the type `task`, its id the job's number. */
export class Tasks {
  constructor(@inject('progressManager') private readonly jobs: Services['progressManager']) {}

  /** The id of a new task, whose file is in place. Throws as `push`, and RefusedError for its method and its file. */
  async add(request: TaskRequest, as: As = {}): Promise<number> {
    const { name, type, data, options } = entryOf(request);
    return (await this.jobs.push(name, type, data, options, as)).number;
  }

  /** Throws JobNotFoundError, as all that follow, also for a task that the user may not see. */
  async get(id: JobRef, as: As = {}): Promise<TaskView> {
    return this.#view(await this.#job(id, as));
  }

  /** Unfinished ones first, then the newest, 200 at most; narrowed as `find`. */
  async list(filter: JobFilter = {}, as: As = {}): Promise<readonly TaskView[]> {
    const { list } = await this.jobs.find({ limit: 200, ...filter, type: ['task'] }, as);
    return Promise.all(list.map((job) => this.#view(job)));
  }

  /** Those of these ids, then the newest of each signature, 200 at most of either. What is not there is left out. */
  async statusBy(asked: { ids?: number[]; signatures?: string[] }, as: As = {}): Promise<TaskView[]> {
    const { ids = [], signatures = [] } = asked;
    const all = [await this.list({ numbers: ids }, as), await this.list({ newestOfGroup: signatures }, as)].flat();
    return [...new Map(all.map((task) => [task.id, task])).values()];
  }

  /** Has a task run again that did not succeed, and one go that waits. Throws ActionNotOfferedError for others. */
  async start(id: JobRef, as: As = {}): Promise<TaskView> {
    const { status, waitsFor } = await this.#job(id, as);
    const action = status === 'paused' ? 'resume' : waitsFor === undefined ? 'retry' : 'start_now';
    if (status !== 'new' || waitsFor !== undefined) await this.jobs.act(id, action, {}, as);
    return this.get(id, as);
  }

  /** Ends a running task and its process, with all that it started; or says why it does not. */
  async stop(id: JobRef, as: As = {}): Promise<{ readonly result: 'ok' } | { readonly error: string }> {
    const isRunning = statusOf(await this.#job(id, as)) === 'RUNNING';
    if (isRunning && (await this.jobs.cancelUnlessEnded(id, as))) return { result: 'ok' };
    return { error: `La tâche n'est pas en état [RUNNING], mais [${statusOf(await this.#job(id, as))}]` };
  }

  /** Stops what runs, cancels what is to run, and gives their ids; what waits for another task goes on waiting. */
  async cancelRunning(as: As = {}): Promise<readonly number[]> {
    const ids: number[] = [];
    const unfinished = { type: ['task'], status: UNFINISHED_STATUSES };
    for await (const job of everyJob(unfinished, (page) => this.jobs.find(page, as)))
      if (statusOf(job) !== 'WAITING' && (await this.jobs.cancelUnlessEnded(job.number, as))) ids.push(job.number);
    return ids;
  }

  /** Removes a task with its file. Throws ForbiddenError for another's, ActionNotOfferedError for one that runs. */
  async delete(id: JobRef, as: As = {}): Promise<void> {
    const { status } = await this.#job(id, as, true);
    if (status === 'new') await this.jobs.cancel(id, as);
    await this.jobs.remove(id, as);
  }

  /** The file of a task. Throws ForbiddenError for another's, FileMissingError for one without. */
  async openFile(id: JobRef, as: As = {}): Promise<JobFileContent> {
    const { inputs, data } = await this.#job(id, as, true);
    const file = await this.jobs.openInput(id, inputs[0]?.id ?? 'fichier', as);
    return { ...file, name: (data as TaskData).fichier ?? file.name };
  }

  /** For a job that its caller may see; the first 1,000 lines of its log. */
  async #view(job: Job): Promise<TaskView> {
    const { list } = await this.jobs.log(job.number, { attempt: Math.max(1, job.attempt), limit: 1000 });
    return viewOf(job, list, await this.jobs.messages(job.number));
  }

  /** `tells`: that there is one of somebody else's. */
  async #job(id: JobRef, as: As, tells = false): Promise<Job> {
    const job = await this.jobs.get(id, as);
    if (job?.type === 'task') return job;
    if (!tells || job || (await this.jobs.get(id))?.type !== 'task') throw new JobNotFoundError(id);
    throw new ForbiddenError(`La tâche ${id} est à quelqu'un d'autre.`);
  }
}
