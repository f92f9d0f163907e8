import { InvalidInputError, inject, JobNotFoundError, KeyBusyError, type Services, type User } from 'progress-manager';
import { BackgroundJob } from './background-job.js';
import { type BackgroundJobFilter, readFilter } from './job-filter.js';
import { jobsOfHistory } from './job-history.js';
import { copyOfParameters, type ParametersOf } from './job-parameters.js';
import { checkInterval, untilCompleted, type Waited } from './job-waits.js';

/** Background jobs of 1C:Enterprise: each job of the table is one, its type is its method, its data their parameters. */
export class BackgroundJobs {
  /** How often `waitForCompletion` looks for failed jobs, ms: JOBS_CHECK_INTERVAL of the environment. */
  readonly jobsCheckInterval = checkInterval(process.env.JOBS_CHECK_INTERVAL);
  /** On whose behalf calls act; the application's unless it names a user. */
  readonly acting: { readonly user?: User } = {};

  constructor(@inject('progressManager') readonly progressManager: Services['progressManager']) {}

  /** The same for a user, who sees only what is theirs. */
  as(user: User): BackgroundJobs {
    if (user === undefined) throw new InvalidInputError('user', 'must be { id, isAdmin }.');
    return Object.assign(new BackgroundJobs(this.progressManager), { acting: { user } });
  }

  /**
   * Gives the new job at once, Active, before its method has run. Throws RefusedError for an unknown method, KeyBusyError
   * while an active job of the method has the key, InvalidInputError for parameters that cannot be kept, and as `push`.
   */
  async execute<T extends string>(methodName: T, parameters?: ParametersOf<T>, key = '', description = '') {
    const data = copyOfParameters<T>(parameters ?? []);
    const name = description || (typeof methodName === 'string' && methodName.slice(0, 255)) || '?';
    try {
      const { id } = await this.progressManager.push(name, methodName, data, key === '' ? {} : { key }, this.acting);
      const [job] = await this.refresh([{ UUID: id }]);
      // A worker may have it already; what is given is the job as it was pushed.
      const pushed = { status: 'new', startedAt: undefined, finishedAt: undefined, error: undefined } as const;
      return new BackgroundJob(this, { ...(job as BackgroundJob).job, ...pushed });
    } catch (error) {
      if (error instanceof InvalidInputError && error.field === 'name')
        throw new InvalidInputError(description ? 'description' : 'methodName', error.message.replace('name: ', ''));
      if (error instanceof KeyBusyError)
        error.message = `Задание с таким значением ключа уже выполняется: "${methodName}" is already running. ${error.message}`;
      throw error;
    }
  }

  /**
   * Waits until all have ended. Throws BackgroundJobsFailedError as soon as one has failed, BackgroundJobsTimeoutError
   * after so many seconds.
   */
  waitForCompletion(jobs: Waited, timeout?: number): Promise<void> {
    return untilCompleted(this, jobs, timeout);
  }

  /** All active jobs and the 1,000 finished ones that were pushed last, of them those that meet the filter; newest first. */
  async getBackgroundJobs(filter: BackgroundJobFilter = {}): Promise<readonly BackgroundJob[]> {
    const { narrowed, uuid, isMet } = readFilter(filter);
    const named = uuid === undefined ? {} : { numbers: [(await this.findByUUID(uuid))?.job.number ?? 0] };
    const jobs = await jobsOfHistory(this, { ...narrowed, ...named });
    return jobs.map((job) => new BackgroundJob(this, job)).filter(isMet);
  }

  /** The job, as long as it is kept; `undefined`: there is none. Numbers, which the façade takes too, find nothing. */
  async findByUUID(uuid: string): Promise<BackgroundJob | undefined> {
    if (typeof uuid !== 'string') return undefined;
    const job = await this.progressManager.get(uuid, this.acting);
    return job?.id === uuid.toLowerCase() ? new BackgroundJob(this, job) : undefined;
  }

  /** The jobs as they are now. Throws JobNotFoundError. */
  async refresh(jobs: Waited): Promise<readonly BackgroundJob[]> {
    if (!Array.isArray(jobs)) throw new InvalidInputError('jobs', 'must be a list of background jobs.');
    const now: BackgroundJob[] = [];
    for (const waited of jobs) {
      if (Object(waited) !== waited)
        throw new InvalidInputError('jobs', 'must be background jobs, each with its "UUID".');
      const job = await this.findByUUID(waited.UUID);
      if (!job) throw new JobNotFoundError(waited.UUID);
      now.push(job);
    }
    return now;
  }

  readonly Выполнить: BackgroundJobs['execute'] = (...words) => this.execute(...words);
  readonly ОжидатьЗавершения: BackgroundJobs['waitForCompletion'] = (...words) => this.waitForCompletion(...words);
  readonly ПолучитьФоновыеЗадания: BackgroundJobs['getBackgroundJobs'] = (filter) => this.getBackgroundJobs(filter);
  readonly НайтиПоУникальномуИдентификатору: BackgroundJobs['findByUUID'] = (uuid) => this.findByUUID(uuid);
}
