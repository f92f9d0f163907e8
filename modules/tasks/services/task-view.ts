import { barPercent, barPosition, type Job, type LogLine, positionOf, type UserMessage } from 'progress-manager';
import type { TaskData } from './task-data.js';

export type TaskView = ReturnType<typeof viewOf>;
type Line = Pick<LogLine, 'message' | 'details'> & { readonly level: string };

/** A task as JSON shows it, with the lines of its last run and what it told its owner. Times are ISO 8601 in UTC. */
export function viewOf(job: Job, logged: readonly Line[], told: readonly UserMessage[]) {
  const isTold = job.error === undefined || logged.some(({ message }) => message === job.error?.message);
  const lines = isTold ? logged : [...logged, { level: 'error', message: job.error.message, details: undefined }];
  const { method, parametres, caches, fichier = null } = job.data as TaskData;
  const said = ({ message, details }: Line) => (details === undefined ? [message] : [message, details]);
  const of = (level: string) => lines.filter((line) => line.level === level).map(said);
  const { label: libelle, ...position } = (statusOf(job) === 'RUNNING' && positionOf(job)) || barPosition({});
  const percent = barPercent(position);
  const started = told.findLast(({ text }) => text.endsWith(startedText('', job.attempt)));
  // Tasks begin in the order in which they are claimed; their processes take as long as they take.
  const startdate = (job.attempt > 1 && started?.at) || (job.startedAt ?? null);
  return {
    ...{ id: job.number, userEmail: job.userId ?? null, signature: job.group ?? null, method, fichier, parametres },
    parametresCaches: caches.length > 0 ? Object.fromEntries(caches.map((name) => [name, '[secret]'])) : null,
    result: job.result ?? lines.map((line) => [line.level, ...said(line)]),
    logs: { error: of('error'), warning: of('warning'), info: of('info') },
    // As their pages show it: once it has moved.
    progress: percent > 0 ? { ...position, ...(libelle && { libelle }), percent } : null,
    ...{ pid: started ? Number.parseInt(started.text, 10) : null, startdate },
    ...{ status: statusOf(job), enddate: job.finishedAt ?? null, creationDate: job.createdAt },
  };
}

/** What the owner is told when a run begins; `viewOf` reads its process from it. */
export const startedText = (pid: number | '', attempt: number) => `${pid} : processus de l'essai ${attempt}`;

/** The task with what pages put into themselves: its status in words, with the bar, and how many lines it has of each level. */
export function withHtml(task: TaskView) {
  const bar = task.progress ? ` <progress value="${task.progress.percent}" max="100"></progress>` : '';
  const status_html = `<span class="status" data-status="${task.status}">${LABELS[task.status]}${bar}</span>`;
  const filled = Object.entries(task.logs).filter(([, lines]) => lines.length > 0);
  const badges = filled.map(([level, { length }]) => `<span class="badge ${level}" title="${level}">${length}</span>`);
  return { ...task, status_html, result_html: badges.join(' ') || null };
}

const LABELS: Readonly<Record<string, string>> = {
  ...{ WAITING: 'En attente', TO_RUN: 'En attente', RUNNING: 'En cours', CANCELLED: 'Annulé' },
  ...{ INTERRUPTED: 'Interrompu', COMPLETED: 'Terminé', FAILED: 'En erreur' },
};

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
