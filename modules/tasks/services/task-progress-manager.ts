import type { JobContext, ProgressJob, PushContext, Services, Tache } from 'progress-manager';
import { AbstractProgressManager, inject, RefusedError } from 'progress-manager';
import { type TaskPosition, taskOf } from './task.js';
import { fileNameOf, type TaskData } from './task-data.js';
import { startedText } from './task-view.js';

/** Calls the method of a task. */
export class TaskProgressManager extends AbstractProgressManager<'task'> {
  constructor(@inject('methodOf') private readonly methodOf: Services['methodOf']) {
    super();
  }

  /** Throws RefusedError for an unknown method, parameters that are no object, and a file that is not taken. */
  async prepareData({ method, parametres = {}, caches = [] }: TaskData, context: PushContext): Promise<TaskData> {
    this.methodOf('taskMethod', method);
    if (typeof parametres !== 'object' || parametres === null || Array.isArray(parametres))
      throw new RefusedError('invalid_data', 'The parameters of a task are an object, for example { source: "x" }.');
    return { method, parametres, caches: [caches].flat().map(String), fichier: await fileNameOf(context) };
  }

  async executeProgressJob(job: ProgressJob<'task'>, context: JobContext): Promise<boolean> {
    const show = ({ libelle: label = '', ...said }: Partial<TaskPosition>) => void this.setPosition({ ...said, label });
    context.tell(startedText(process.pid, job.attempt));
    // An earlier run has left its own.
    show({});
    this.setResult(null);
    const code = await this.#called(job.data.method, taskOf(job, context, show));
    this.setData({ ...job.data, code });
    this.setStatus(code === 0 ? 'success' : 'error');
    return true;
  }

  async #called(name: string, task: Tache): Promise<0 | 1 | 2> {
    try {
      const code = codeOf(await this.methodOf('taskMethod', name)(task));
      this.setResult(task.result ?? null);
      this.setMessage(code === 0 ? undefined : `La tâche s'est terminée avec le code ${code}.`);
      return code;
    } catch (error) {
      // A task that was asked to end has not failed.
      if (task.signal.aborted) throw error;
      const { message, stack } = error instanceof Error ? error : new Error(String(error));
      task.debug(`${stack}`);
      this.setMessage(`Sortie de tâche sur une exception... ${message}`);
      return 1;
    }
  }
}

/** The exit code: 0 success, 1 failure, 2 invalid. `true` and nothing are success, `false` is failure. */
function codeOf(returned: unknown): 0 | 1 | 2 {
  const code = returned === undefined || returned === true ? 0 : returned === false ? 1 : returned;
  if (code === 0 || code === 1 || code === 2) return code;
  throw new TypeError(`A method returns 0, 1 or 2, true, false, or nothing; this one returned a ${typeof returned}.`);
}
