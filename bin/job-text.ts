import type { UserMessage } from '../core/contracts/job-log.js';
import type { Status } from '../core/contracts/status.js';
import type { JobView } from '../core/http/job-view.js';
import type { Colour, Output } from './output.js';
import { countsOf, isUnknown, phaseOf, progressBar } from './progress-bar.js';
import { type Column, formatTable } from './table.js';
import { printable } from './text-width.js';
import { timeLeft } from './time-left.js';

const COLOUR_OF: Readonly<Record<Status, Colour>> = {
  new: 'cyan',
  in_progress: 'yellow',
  paused: 'grey',
  success: 'green',
  error: 'red',
  cancelled: 'grey',
};

const LIST: readonly Column<JobView>[] = [
  { title: 'JOB', value: ({ number }) => String(number), align: 'right' },
  { title: 'NAME', value: ({ name }) => name, isFlexible: true },
  { title: 'TYPE', value: ({ type }) => type },
  { title: 'STATUS', value: ({ status }) => status.translate },
  { title: 'DONE', value: (job) => (isUnknown(job) ? '–' : `${Math.floor(job.progress)} %`), align: 'right' },
  { title: 'OWNER', value: ({ userId }) => userId ?? '–', isFlexible: true },
  { title: 'CREATED (UTC)', value: ({ createdAt }) => minute(createdAt) },
];

/** Jobs as a table. */
export function listText(jobs: readonly JobView[], output: Output): string {
  if (jobs.length === 0) return 'No jobs.';
  return formatTable(LIST, jobs, output.width);
}

/** All about one job, a line each. `told`: what it told its owner. */
export function jobText(job: JobView, told: readonly UserMessage[], output: Output): string {
  const lines: readonly (readonly [string, string | null | undefined])[] = [
    ['type', job.type],
    ['id', job.id],
    ['status', output.colour(COLOUR_OF[job.status.key], job.status.translate)],
    ['progress', progressBar(job)],
    ['phase', printable(phaseOf(job))],
    ['counts', countsOf(job)],
    ['eta', job.eta && `${job.eta} (${timeLeft(job, Date.now())})`],
    ['message', job.message && printable(job.message)],
    ['told', toldText(told)],
    ['error', job.error && `${printable(job.error.message)} (${job.error.code})`],
    ['owner', job.userId && printable(job.userId)],
    ['key', job.key && printable(job.key)],
    ['priority', job.priority === 0 ? '' : String(job.priority)],
    ['worker', job.worker],
    ['run at', job.runAt],
    ['waits for', job.waitsFor === null ? '' : `job ${job.waitsFor}`],
    ['part of', job.parent === null ? '' : `job ${job.parent}`],
    ['added', job.children && `${childrenText(job.children)} (list --parent ${job.number})`],
    ['created', job.createdAt],
    ['started', job.startedAt],
    ['finished', job.finishedAt],
    ['actions', job.actions.map(({ type }) => type).join(', ')],
    ['files', job.files.map(({ name, size }) => `${printable(name)} (${size} bytes)`).join(', ')],
    ['data', jsonText(job.data)],
    ['result', jsonText(job.result)],
  ];
  const filled = lines.filter(([, value]) => value);
  return [
    `Job ${job.number}  ${printable(job.name)}`,
    ...filled.map(([key, value]) => `  ${key.padEnd(9)} ${value}`),
  ].join('\n');
}

function childrenText({ total, ended, failed, cancelled }: NonNullable<JobView['children']>): string {
  const bad = [failed > 0 ? `${failed} failed` : '', cancelled > 0 ? `${cancelled} cancelled` : ''].filter(Boolean);
  return [`${total} ${total === 1 ? 'job' : 'jobs'}, ${ended} ended`, ...bad].join(', ');
}

/** The newest, and how many there are. */
function toldText(told: readonly UserMessage[]): string {
  const last = printable(told.at(-1)?.text.replaceAll(/\s+/g, ' ') ?? '');
  return told.length > 1 ? `${last} (the last of ${told.length}: see "messages")` : last;
}

function jsonText(value: unknown): string {
  return value === undefined || value === null ? '' : JSON.stringify(value);
}

/** `2026-01-01T00:00:00.000Z` → `2026-01-01 00:00` */
function minute(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}
