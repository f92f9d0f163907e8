import { html, nothing } from 'lit';
import type { JobView } from '../client/job.js';
import { ago, exact, percent } from '../parts/words.js';
import { barOf, factsOf, toneOf } from './job-facts.js';

/** The name on one line, whole on hover; in its own writing direction. */
export function nameOf({ name }: JobView) {
  return html`<span class="title"><span class="name" dir="auto" title=${name}>${name}</span></span>`;
}

/** The status in words, with a dot of its colour; where there is no bar, success has a check mark. */
export function statusOf(job: JobView, isCompact: boolean) {
  const mark = isCompact && job.status.key === 'success' ? check : html`<i class="dot"></i>`;
  return html`<span class="status ${toneOf(job)}">${mark}${job.status.translate}</span>`;
}

const check = html`<svg class="check" viewBox="0 0 16 16" aria-hidden="true"><path d="m3 8.5 3.5 3.5L13 4.5" /></svg>`;

/** The bar and its percent; a job that waits has none to tell. */
export function barLine(job: JobView, isStale: boolean) {
  const { value, tone, text } = barOf(job);
  const shown = value === undefined || job.status.key === 'new' ? '' : percent(value);
  return html`<div class="bar">
    <progress-track .value=${value} .tone=${tone} .label=${job.name} .text=${text} .isStale=${isStale}></progress-track>
    <span class="percent" aria-hidden="true">${shown}</span>
  </div>`;
}

/** The muted line: amounts, time, and the owner where that is not the reader. */
export function factsLine(job: JobView, now: number, me: string | undefined) {
  const isOthers = me !== undefined && job.userId !== null && job.userId !== me;
  const pieces = factsOf(job, now).map(({ text, isBad }) => html`<span class=${isBad ? 'bad' : ''}>${text}</span>`);
  if (job.finishedAt !== null) pieces.push(timeOf(job.finishedAt, now));
  if (isOthers) pieces.push(html`<bdi>${job.userId}</bdi>`);
  return pieces.map((piece, index) => (index === 0 ? piece : html` · ${piece}`));
}

function timeOf(moment: string, now: number) {
  return html`<time datetime=${moment} title=${exact(moment)}>${ago(moment, now)}</time>`;
}

/** The job's message on one line; without one only its place, once a job has had one. */
export function messageLine(message: string | undefined, hasPlace: boolean) {
  if (message === undefined && !hasPlace) return nothing;
  return html`<div class="message"><span dir="auto" title=${message ?? nothing}>${message}</span></div>`;
}
