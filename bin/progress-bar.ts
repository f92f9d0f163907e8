import type { JobView } from '../core/http/job-view.js';
import { cut, printable } from './text-width.js';

const FULL = '█';
const EMPTY = '░';
const BAR_WIDTH = 24;

/** `████░░░░  48 %`; never full before the job is. */
export function progressBar({ progress }: Pick<JobView, 'progress'>, width = BAR_WIDTH): string {
  const filled = Math.floor((progress / 100) * width);
  return `${FULL.repeat(filled)}${EMPTY.repeat(width - filled)} ${percent(progress)}`;
}

/** One line that says how a job stands: bar, name, counts, and its message or failure. At most `width` columns. */
export function progressLine(job: JobView, width: number): string {
  const details = [job.name, job.status.translate, countsOf(job), job.error?.message ?? job.message].filter(Boolean);
  return cut(`${progressBar(job)}  ${printable(details.join(' · '))}`, width);
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
