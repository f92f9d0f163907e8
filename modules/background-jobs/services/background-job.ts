import { isTerminal, type Job } from 'progress-manager';
import type { BackgroundJobs } from './background-jobs.js';
import { type JobState, stateOf } from './job-state.js';
import { untilEnded } from './job-waits.js';

/** As 1C says what it does not know: where something was thrown stands in the log of the worker, and not with the job. */
const NOWHERE = { ModuleName: '', ИмяМодуля: '', LineNumber: 0, НомерСтроки: 0, SourceLine: '', ИсходнаяСтрока: '' };

/** A background job as it was when it was asked for: a snapshot, of which `refresh` gives a newer one. `job`: progress, result. */
export class BackgroundJob {
  readonly UUID: string;
  readonly УникальныйИдентификатор: string;
  /** The type of the job. */
  readonly MethodName: string;
  readonly ИмяМетода: string;
  /** Empty for none, as the description. */
  readonly Key: string;
  readonly Ключ: string;
  readonly Description: string;
  readonly Наименование: string;
  readonly State: JobState['State'];
  readonly Состояние: JobState['Состояние'];
  /** When a worker began it; before that, when it was pushed. */
  readonly Begin: Date;
  readonly Начало: Date;
  /** `undefined` while it is active. */
  readonly End: Date | undefined;
  readonly Конец: Date | undefined;
  /** `undefined` unless it has failed. `Code`: `failed` for what the procedure threw, `worker_lost` … */
  readonly ErrorInfo: Readonly<Record<'Description' | 'Описание' | 'Code', string> & typeof NOWHERE> | undefined;
  readonly ИнформацияОбОшибке: BackgroundJob['ErrorInfo'];
  /** The key of the schedule that pushed it. */
  readonly ScheduledJob: string | undefined;
  readonly РегламентноеЗадание: string | undefined;
  readonly DataSeparation = {};
  readonly РазделениеДанных = {};
  readonly #jobs: BackgroundJobs;

  constructor(
    jobs: BackgroundJobs,
    readonly job: Job,
  ) {
    this.#jobs = jobs;
    this.UUID = this.УникальныйИдентификатор = job.id;
    this.MethodName = this.ИмяМетода = job.type;
    this.Key = this.Ключ = job.key ?? '';
    // A job that was given no description bears the name of its method.
    this.Description = this.Наименование = job.name === job.type ? '' : job.name;
    ({ State: this.State, Состояние: this.Состояние } = stateOf(job.status));
    this.Begin = this.Начало = new Date(job.startedAt ?? job.createdAt);
    this.End = this.Конец = isTerminal(job.status) ? new Date(job.finishedAt ?? job.modifiedAt) : undefined;
    const { message = 'No reason was kept.', code = 'failed' } = job.error ?? {};
    const info = { Description: message, Описание: message, Code: code, ...NOWHERE };
    this.ErrorInfo = this.ИнформацияОбОшибке = this.State === 'Failed' ? info : undefined;
    this.ScheduledJob = this.РегламентноеЗадание = job.schedule;
  }

  /** The job as it is now. Throws JobNotFoundError when it was removed. */
  async refresh(): Promise<BackgroundJob> {
    return (await this.#jobs.refresh([this]))[0] as BackgroundJob;
  }

  /** Ends it for good, and gives it as it is then. One that has ended stays as it is. Throws JobNotFoundError. */
  async cancel(): Promise<BackgroundJob> {
    await this.#jobs.progressManager.cancelUnlessEnded(this.UUID, this.#jobs.acting);
    return this.refresh();
  }

  /** What the procedure told, in order. With `deleteReceived` the next call gives only what came after. */
  async getUserMessages(deleteReceived = false): Promise<readonly string[]> {
    const { progressManager, acting } = this.#jobs;
    return (await progressManager.messages(this.UUID, { clear: deleteReceived }, acting)).map(({ text }) => text);
  }

  /** As `waitForCompletion` of BackgroundJobs. */
  waitForCompletion(timeout?: number): Promise<void> {
    return this.#jobs.waitForCompletion([this], timeout);
  }

  /** Gives the job as it is once it has ended in whatever way, or so many seconds are up: then it is Active. */
  async waitForExecutionCompletion(timeout?: number): Promise<BackgroundJob> {
    await untilEnded(this.#jobs, [this], timeout);
    return this.refresh();
  }

  readonly Отменить = () => this.cancel();
  readonly ПолучитьСообщенияПользователю = (deleteReceived?: boolean) => this.getUserMessages(deleteReceived);
  readonly ОжидатьЗавершения = (timeout?: number) => this.waitForCompletion(timeout);
  readonly ОжидатьЗавершенияВыполнения = (timeout?: number) => this.waitForExecutionCompletion(timeout);
}
