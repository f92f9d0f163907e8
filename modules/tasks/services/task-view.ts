import { barPercent, barPosition, type Job, type LogLine, type UserMessage } from 'progress-manager';
import type { TaskPosition } from './task.js';
import type { TaskData } from './task-data.js';

export type TaskView = ReturnType<typeof viewOf>;

/** A task as JSON shows it, with the lines of its last run and what it told its owner. Times are ISO 8601 in UTC. */
export function viewOf(job: Job, lines: readonly LogLine[], told: readonly UserMessage[]) {
  const { method, parametres, caches, fichier = null } = job.data as TaskData;
  const said = ({ message, details }: LogLine) => (details === undefined ? [message] : [message, details]);
  const of = (level: string) => lines.filter((line) => line.level === level).map(said);
  const position = statusOf(job) === 'RUNNING' ? positionIn(job) : undefined;
  const started = told.findLast(({ text }) => text.endsWith(startedText('', job.attempt)));
  return {
    ...{ id: job.number, userEmail: job.userId ?? null, signature: job.group ?? null, method, fichier, parametres },
    // Their values are for the method alone.
    parametresCaches: caches.length > 0 ? Object.fromEntries(caches.map((name) => [name, '[secret]'])) : null,
    status: statusOf(job),
    result: job.result ?? lines.map((line) => [line.level, ...said(line)]),
    logs: { error: of('error'), warning: of('warning'), info: of('info') },
    // As their pages show it: once it has moved.
    progress: position && barPercent(position) > 0 ? { ...position, percent: barPercent(position) } : null,
    ...{ pid: started ? Number.parseInt(started.text, 10) : null, startdate: started?.at ?? job.startedAt ?? null },
    ...{ enddate: job.finishedAt ?? null, creationDate: job.createdAt },
  };
}

/** The line beside the bar, from which `positionIn` reads the phase; `''`: none. */
export function messageOf({ phases, phase, libelle }: TaskPosition): string {
  return [phases > 1 && `Phase ${phase}/${phases}`, libelle].filter(Boolean).join(' · ');
}

/** Where a running task last said it was; `undefined`: it has said nothing. */
export function positionIn({ message = '', counts: { processed: step, total: max } }: Job): TaskPosition | undefined {
  if (max === undefined) return undefined;
  const [, phase = 1, phases = 1, libelle] = /^(?:Phase (\d+)\/(\d+)(?: · |$))?(.*)$/s.exec(message) ?? [];
  return barPosition({ phases: Number(phases), phase: Number(phase), step, max, ...(libelle && { libelle }) });
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
