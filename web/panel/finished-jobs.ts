import { html, nothing, type TemplateResult } from 'lit';
import type { JobView } from '../client/job.js';
import { count } from '../parts/words.js';
import { hasResult } from './job-facts.js';

/** What is shown under "Finished (12)". */
export interface FinishedJobs {
  readonly jobs: readonly JobView[];
  /** How many there are, shown or not. */
  readonly total: number;
  readonly totalIsCapped: boolean;
  readonly isUnfolded: boolean;
  readonly rows: (jobs: readonly JobView[]) => TemplateResult | typeof nothing;
  readonly toggle: () => void;
  /** Asks for more jobs; `undefined` when the most are shown already. */
  readonly showMore: (() => void) | undefined;
}

/** The finished jobs: folded, only what ended last and the latest that has something to give; unfolded, all of them. */
export function finishedJobs(finished: FinishedJobs) {
  const { jobs, total, totalIsCapped, isUnfolded, rows, toggle } = finished;
  if (jobs.length === 0) return nothing;
  const shownFolded = [lastEnded(jobs), lastEnded(jobs.filter(hasResult))];
  const folded = jobs.filter((job) => shownFolded.includes(job));
  return html`
    <div class="fold">
      <h3>Finished (${count(total)}${totalIsCapped ? '+' : ''})</h3>
      ${
        folded.length < jobs.length
          ? html`<button class="text" aria-expanded=${isUnfolded} @click=${toggle}>
            ${isUnfolded ? 'Show fewer' : 'Show all'}
          </button>`
          : nothing
      }
    </div>
    ${rows(isUnfolded ? jobs : folded)}
    ${isUnfolded && total > jobs.length ? more(finished) : nothing}
  `;
}

function lastEnded(jobs: readonly JobView[]): JobView | undefined {
  const endOf = ({ finishedAt }: JobView): string => finishedAt ?? '';
  return jobs.reduce<JobView | undefined>((last, job) => (last && endOf(last) >= endOf(job) ? last : job), undefined);
}

function more({ jobs, showMore }: FinishedJobs) {
  return showMore === undefined
    ? html`<p class="note">The latest ${count(jobs.length)} are shown.</p>`
    : html`<p class="note"><button class="text" @click=${showMore}>Show more</button></p>`;
}
