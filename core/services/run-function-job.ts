import type { JobContext, ProgressJob, ProgressJobInterface } from '../contracts/progress-job.js';
import type { Status } from '../contracts/status.js';

/** Makes a job service of `type.X.run`: the whole function is one slice, what it returns is the result. */
export class RunFunctionJob implements ProgressJobInterface {
  #status: Status = 'in_progress';
  #result: unknown;

  constructor(private readonly run: (job: ProgressJob, context: JobContext) => unknown) {}

  async executeProgressJob(job: ProgressJob, context: JobContext): Promise<boolean> {
    this.#result = await this.run(job, context);
    this.#status = 'success';
    return true;
  }

  /** What `context.report` said is kept by the runner; the function itself knows no progress. */
  getProgress(): number {
    return this.#status === 'success' ? 100 : 0;
  }

  getStatus(): Status {
    return this.#status;
  }

  getResult(): unknown {
    return this.#result;
  }
}
