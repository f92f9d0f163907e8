import type { BarPosition, JobContext, ProgressJob, Secrets, Tache } from 'progress-manager';

/** Where a task is, and what it calls that. */
export type TaskPosition = Omit<BarPosition, 'label'> & { readonly libelle?: string };

declare module 'progress-manager' {
  /** What a method is called with. `debug` is shown live by `tache:run --debug`; a line of `log` fails nothing. */
  interface Tache extends Pick<JobContext, 'signal' | 'log' | 'debug'> {
    readonly id: number;
    readonly userEmail: string | undefined;
    readonly parametres: Readonly<Record<string, unknown>>;
    /** Each prints as `[secret]`; `reveal()` gives its value. */
    readonly parametresCaches: Secrets;
    /** `read` gives all of it, or up to `length` bytes from byte `position`; it throws FileMissingError. */
    readonly fichier?: { name: string; size: number; read(position?: number, length?: number): Promise<Buffer> };
    /** What it leaves for whoever added it, as JSON. */
    result: unknown;
    /** Moves the bar: `{ phases: 4, phase: 2, step: 50, max: 100 }` is 37.5 %. */
    progress(position: Partial<TaskPosition>): void;
  }
}

/** The task that a job is; `progress` hears where it says that it is. */
export function taskOf(job: ProgressJob<'task'>, context: JobContext, progress: Tache['progress']): Tache {
  const { signal, log, debug, secret: parametresCaches, files } = context;
  const { parametres, fichier: name } = job.data;
  const [input] = files.inputs;
  const fichier = input && {
    ...{ name: name ?? input.name, size: input.size },
    read: (position?: number, length?: number) => files.read(input, position, length),
  };
  const said = { id: job.number, userEmail: job.userId, parametres, parametresCaches, ...(fichier && { fichier }) };
  return { ...said, signal, result: undefined, log, debug, progress };
}
