import type { Job, LogLine, UserMessage } from 'progress-manager';
import type { TaskData } from './task-data.js';
import { percentOf, positionIn } from './task-position.js';

export type TaskView = ReturnType<typeof viewOf>;

/** A task as JSON shows it, with the lines of its last run and what it told its owner. Times are ISO 8601 in UTC. */
export function viewOf(job: Job, lines: readonly LogLine[], told: readonly UserMessage[]) {
  const { method, parametres, caches, fichier = null } = job.data as TaskData;
  const result = lines.map(({ level, message, details }) => [
    level,
    message,
    ...(details === undefined ? [] : [details]),
  ]);
  const of = (type: string) => result.filter(([level]) => level === type).map(([, ...line]) => line);
  const position = statusOf(job) === 'RUNNING' ? positionIn(job) : undefined;
  const started = told.findLast(({ text }) => text.endsWith(startedText('', job.attempt)));
  return {
    ...{ id: job.number, userEmail: job.userId ?? null, method, fichier, parametres },
    // Their values are for the method alone.
    parametresCaches: caches.length > 0 ? Object.fromEntries(caches.map((name) => [name, '[secret]'])) : null,
    status: statusOf(job),
    result: job.result ?? result,
    logs: { error: of('error'), warning: of('warning'), info: of('info') },
    // As their pages show it: once it has moved.
    progress: position && percentOf(position) > 0 ? { ...position, percent: percentOf(position) } : null,
    startdate: started?.at ?? job.startedAt ?? null,
    enddate: job.finishedAt ?? null,
    creationDate: job.createdAt,
    pid: started ? Number.parseInt(started.text, 10) : null,
    signature: job.group ?? null,
  };
}

/** What the owner is told when a run begins; `viewOf` reads its process from it. */
export const startedText = (pid: number | '', attempt: number) => `${pid} : processus de l'essai ${attempt}`;

const STATUSES = {
  ...{ new: 'TO_RUN', in_progress: 'RUNNING', paused: 'WAITING' },
  ...{ success: 'COMPLETED', error: 'FAILED', cancelled: 'INTERRUPTED' },
} as const;

/** One that is paused runs on, or waits; one that was cancelled had begun, or not. */
export function statusOf({ status, waitsFor, worker, startedAt, error }: Job) {
  if (status === 'new' && waitsFor !== undefined) return 'WAITING';
  if (status === 'paused' && worker !== undefined) return 'RUNNING';
  if (status === 'cancelled' && startedAt === undefined) return 'CANCELLED';
  return error?.code === 'worker_lost' ? 'INTERRUPTED' : STATUSES[status];
}
