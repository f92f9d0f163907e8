import { isUnfinished, type JobAction, type JobView } from '../client/job.js';
import type { Tone } from '../parts/tone.js';
import { ago, count, left, percent, startOf } from '../parts/words.js';

/** The bar of a job. `value` in percent, `undefined`: indeterminate. */
export interface Bar {
  readonly value: number | undefined;
  readonly tone: Tone;
  /** What a screen reader says. */
  readonly text: string;
}

/** One piece of the muted line; `isBad` pieces are coloured. */
export interface Fact {
  readonly text: string;
  readonly isBad?: boolean;
}

const TONES: Readonly<Record<JobView['status']['key'], Tone>> = {
  new: 'new',
  in_progress: 'running',
  paused: 'paused',
  success: 'success',
  error: 'error',
  cancelled: 'rest',
};

/** The colour of a status; a status this script does not know yet is grey. */
export function toneOf(job: JobView): Tone {
  return TONES[job.status.key] ?? 'rest';
}

export function barOf(job: JobView): Bar {
  const tone = toneOf(job);
  const isUnknown =
    job.status.key === 'in_progress' && job.total === null && job.progress === 0 && job.children === null;
  const value = job.status.key === 'success' ? 100 : Math.min(100, Math.max(0, job.progress));
  const done = amountOf(job);
  if (isUnknown) return { value: undefined, tone, text: done ?? job.status.translate };
  return { value, tone, text: done === undefined ? percent(value) : `${percent(value)}, ${done}` };
}

/** "82,116 of 171,075", or "82,116 processed" where that is all; `undefined` while nothing was counted. */
function amountOf({ processed, total, status }: JobView): string | undefined {
  if (processed === null || (processed === 0 && total === null)) return undefined;
  const isWhole = total === null || (status.key === 'success' && processed === total);
  return isWhole ? `${count(processed)} processed` : `${count(processed)} of ${count(total)}`;
}

/** The muted line without its time: what is awaited, or how much is done, what failed and how long it takes yet. */
export function factsOf(job: JobView, now: number): readonly Fact[] {
  if (job.status.key === 'new') return [{ text: waitOf(job, now) }];
  const { failed, skipped } = job.counts;
  const remaining = job.status.key === 'in_progress' && job.eta !== null ? left(job.eta, now) : undefined;
  const facts: (Fact | undefined)[] = [
    textFact(job.phase?.name),
    textFact(amountOf(job)),
    ...childrenFacts(job),
    failed > 0 ? { text: `${count(failed)} failed`, isBad: true } : undefined,
    skipped > 0 ? { text: `${count(skipped)} skipped` } : undefined,
    textFact(remaining),
  ];
  const known = facts.filter((fact) => fact !== undefined);
  const isSilent = known.length === 0 && job.status.key === 'in_progress' && job.startedAt !== null;
  return isSilent ? [{ text: `Started ${ago(job.startedAt, now)}` }] : known;
}

/** "12 of 40 jobs ended", while its own job is unfinished. */
function childrenFacts(job: JobView): readonly (Fact | undefined)[] {
  if (job.children === null || !isUnfinished(job)) return [];
  const { total, ended, failed, cancelled } = job.children;
  const jobs = total === 1 ? 'job' : 'jobs';
  return [
    { text: `${count(ended)} of ${count(total)} ${jobs} ended` },
    failed > 0 ? { text: `${count(failed)} of them failed`, isBad: true } : undefined,
    cancelled > 0 ? { text: `${count(cancelled)} of them cancelled` } : undefined,
  ];
}

function textFact(text: string | undefined): Fact | undefined {
  return text === undefined ? undefined : { text };
}

function waitOf({ runAt }: JobView, now: number): string {
  return runAt !== null && Date.parse(runAt) > now ? `Starts ${startOf(runAt, now)}` : 'Waiting for a free worker';
}

/** The job's message, where it says more than the row does already. */
export function messageOf(job: JobView): string | undefined {
  const message = job.message?.trim();
  if (message === undefined || message === '') return undefined;
  const isSaid = [job.name, job.status.translate, job.error?.message].includes(message);
  return isSaid ? undefined : message;
}

/** Ways out that are offered last, behind whatever a job's type brings. */
const WAYS_OUT: readonly string[] = ['cancel', 'close', 'pause', 'run_again'];

/** The one action shown as a button, and the rest for the menu; without those that say they have nothing to give. */
export function actionsOf(job: JobView): { readonly main: JobAction | undefined; readonly rest: readonly JobAction[] } {
  const actions = job.actions.filter(({ data }) => data.isEmpty !== true);
  const isRunning = isUnfinished(job) && job.status.key !== 'paused';
  const main =
    (isRunning ? actions.find(({ type }) => type === 'cancel') : undefined) ??
    actions.find(({ type }) => !WAYS_OUT.includes(type)) ??
    actions[0];
  return { main, rest: actions.filter((action) => action !== main) };
}

/** Whether a job ended well and has something to give, as an export has its file. */
export function hasResult(job: JobView): boolean {
  const { main } = actionsOf(job);
  return job.status.key === 'success' && main !== undefined && !WAYS_OUT.includes(main.type);
}

/** Whether an action is asked about once more before it is done: its data says so. */
export function asksFirst({ data }: JobAction): boolean {
  return data.confirm === true;
}
