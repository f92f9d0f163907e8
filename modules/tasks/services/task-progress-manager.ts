import {
  AbstractProgressManager,
  inject,
  type JobContext,
  type ProgressJob,
  type PushContext,
  RefusedError,
  type Services,
} from 'progress-manager';
import { fileNameOf } from './spreadsheet.js';
import { taskOf } from './task.js';
import type { TaskData } from './task-data.js';
import { methodOf } from './task-methods.js';
import { messageOf, percentOf, positionOf, type TaskPosition } from './task-position.js';
import { startedText } from './task-view.js';

/** Calls the method of a task. */
export class TaskProgressManager extends AbstractProgressManager<'task'> {
  constructor(
    @inject('registry') private readonly registry: Services['registry'],
    @inject('create') private readonly create: Services['create'],
  ) {
    super();
  }

  /** Throws RefusedError for an unknown method, parameters that are no object, and a file that is not taken. */
  async prepareData({ method, parametres = {}, caches = [] }: TaskData, context: PushContext): Promise<TaskData> {
    methodOf(method, this.registry, this.create);
    if (typeof parametres !== 'object' || parametres === null || Array.isArray(parametres))
      throw new RefusedError('invalid_data', 'The parameters of a task are an object, for example { source: "x" }.');
    return { method, parametres, caches: [caches].flat().map(String), fichier: await fileNameOf(context) };
  }

  async executeProgressJob(job: ProgressJob<'task'>, context: JobContext): Promise<boolean> {
    context.tell(startedText(process.pid, job.attempt));
    // An earlier run has left its own.
    this.#show(positionOf({}));
    this.setResult(null);
    const code = await this.#called(job, context);
    this.setData({ ...job.data, code });
    this.setStatus(code === 0 ? 'success' : 'error');
    return true;
  }

  async #called(job: ProgressJob<'task'>, context: JobContext): Promise<0 | 1 | 2> {
    const task = taskOf(job, context, (said) => this.#show(positionOf(said)));
    try {
      const code = codeOf(await methodOf(job.data.method, this.registry, this.create)(task));
      this.setResult(task.result ?? null);
      this.setMessage(code === 0 ? undefined : `La tâche s'est terminée avec le code ${code}.`);
      return code;
    } catch (error) {
      // A task that was asked to end has not failed.
      if (context.signal.aborted) throw error;
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      context.debug(`${stack}`);
      // The engine logs it as an error.
      this.setMessage(`Sortie de tâche sur une exception... ${message}`);
      return 1;
    }
  }

  #show(position: TaskPosition): void {
    // The bar does not move back.
    this.setProgress(Math.max(this.getProgress(), percentOf(position)));
    this.setCounts({ processed: position.step, total: position.max });
    this.setMessage(messageOf(position));
  }
}

/** The exit code: 0 success, 1 failure, 2 invalid. `true` and nothing are success, `false` is failure. */
function codeOf(returned: unknown): 0 | 1 | 2 {
  const code = returned === undefined || returned === true ? 0 : returned === false ? 1 : returned;
  if (code === 0 || code === 1 || code === 2) return code;
  throw new TypeError(`A method returns 0, 1 or 2, true, false, or nothing; this one returned a ${typeof returned}.`);
}
