import type { JobView } from '../core/http/job-view.js';
import { cut, printable } from './text-width.js';
import { timeLeft } from './time-left.js';

const FULL = '█';
const EMPTY = '░';
const UNKNOWN = '▒';
const BAR_WIDTH = 24;

/** What a bar shows of a job. */
type Standing = Pick<JobView, 'progress' | 'total' | 'status'>;

/** It runs, and neither a total nor a percent is known: any percent would be made up. */
export function isUnknown({ progress, total, status }: Standing): boolean {
  return status.key === 'in_progress' && total === null && progress === 0;
}

/** `████░░░░  48 %`; never full before the job is. Without a percent while nobody knows how much there is to do. */
export function progressBar(job: Standing, width = BAR_WIDTH): string {
  const { progress } = job;
  if (isUnknown(job)) return `${UNKNOWN.repeat(width)}   …  `;
  const filled = Math.floor((progress / 100) * width);
  return `${FULL.repeat(filled)}${EMPTY.repeat(width - filled)} ${percent(progress)}`;
}

/**
 * One line that says how the job stands: bar, name, phase, counts, the time left at `now` (ms), and its message or
 * failure. At most `width` columns.
 */
export function progressLine(job: JobView, width: number, now = Date.now()): string {
  const standing = [job.status.translate, phaseOf(job), countsOf(job), timeLeft(job, now)];
  const details = [job.name, ...standing, job.error?.message ?? job.message].filter(Boolean);
  return cut(`${progressBar(job)}  ${printable(details.join(' · '))}`, width);
}

/** `Check (2 of 4)`; nothing for jobs without phases. */
export function phaseOf({ phase }: Pick<JobView, 'phase'>): string {
  return phase ? `${phase.name} (${phase.index} of ${phase.of})` : '';
}

/** `82,116 of 171,075, 3 failed`; nothing for jobs that count nothing. */
export function countsOf({ processed, total, counts }: Pick<JobView, 'processed' | 'total' | 'counts'>): string {
  if (processed === 0 && total === null) return '';
  const parts = [total === null ? grouped(processed) : `${grouped(processed)} of ${grouped(total)}`];
  if (counts.failed > 0) parts.push(`${grouped(counts.failed)} failed`);
  if (counts.skipped > 0) parts.push(`${grouped(counts.skipped)} skipped`);
  return parts.join(', ');
}

/** Whole percent, rounded down: 99.9 is not 100 yet. */
function percent(progress: number): string {
  return `${String(Math.floor(progress)).padStart(3)} %`;
}

function grouped(count: number): string {
  return count.toLocaleString('en');
}
