import { type Abilities, lackFor } from '../contracts/abilities.js';
import type { Registry } from '../contracts/config.js';
import type { ChildCounts, Job } from '../contracts/job.js';
import type { JobStore } from '../contracts/job-store.js';
import { EVERY_TYPE, limitsOf, type TypeLimits } from '../contracts/limits.js';
import { isTerminal, STATUS_WORDS } from '../contracts/status.js';
import { APPLICATION } from '../contracts/user.js';
import type { Pauses } from '../store/pauses.js';
import { MOST_BEFORE, type Standing, type Standings } from '../store/standing.js';
import { SILENT_MS, type WorkerView } from '../store/workers.js';

/** Why a job does not move, or that it does. */
export type Reason =
  | 'ended'
  | 'paused'
  | 'running'
  | 'worker_silent'
  | 'run_at'
  | 'retry_at'
  | 'not_now'
  | 'waits_for'
  | 'waits_for_children'
  | 'no_worker'
  | 'no_module'
  | 'no_ability'
  | 'all_paused'
  | 'type_paused'
  | 'throttled'
  | keyof typeof LIMIT_REASONS
  | 'in_line';

const LIMIT_REASONS = {
  limit: 'limit',
  limit_per_owner: 'limitPerOwner',
  limit_per_group: 'limitPerGroup',
  rate: 'rate',
} as const satisfies Readonly<Record<string, keyof TypeLimits>>;

/** One sentence on why a job is not moving. */
export interface Explanation {
  readonly reason: Reason;
  readonly text: string;
  /** When that changes by itself, ISO 8601; `undefined`: not by the clock. */
  readonly until?: string;
  /** How many due jobs of its type stand before it, for `in_line`. */
  readonly before?: number;
}

/** What there is to know of a worker. */
export type SeenWorker = Pick<WorkerView, 'worker' | 'types' | 'silentMs'>;

export interface ExplainingParts {
  readonly jobs: Pick<JobStore, 'get'>;
  readonly standings: Standings;
  readonly pauses: Pauses;
  readonly workers: { list(): Promise<readonly SeenWorker[]> };
  readonly registry: Registry;
  /** Of this process: what its own worker lacks for a job. */
  readonly abilities: Abilities;
}

/** Says why a job is not moving: by the conditions under which it would be claimed, in the order in which they matter. */
export class Explaining {
  constructor(private readonly parts: ExplainingParts) {}

  async explain(job: Job): Promise<Explanation> {
    if (isTerminal(job.status)) return { reason: 'ended', text: endedText(job) };
    if (job.status === 'paused') return { reason: 'paused', text: pausedText(job) };
    const standing = await this.parts.standings.of(job.number, job.type);
    if (!standing) return { reason: 'ended', text: 'It is gone.' };
    const workers = await this.parts.workers.list();
    if (standing.isHeld && !standing.isDue) return running(job, workers);
    if (job.waitsFor !== undefined) return waitsFor(job.waitsFor, await this.parts.jobs.get(job.waitsFor, APPLICATION));
    if (job.children !== undefined && job.dueAt === undefined) return waitsForChildren(job.children);
    return (
      waiting(job, standing) ??
      unserved(job, workers.filter(isHeard)) ??
      lacking(job, this.parts.abilities) ??
      (await this.#paused(job, standing)) ??
      throttled(job, standing) ??
      (await this.#limited(job, standing)) ??
      this.#inLine(job)
    );
  }

  async #paused({ type }: Job, { isTypePaused }: Standing): Promise<Explanation | undefined> {
    if (!isTypePaused) return undefined;
    const pauses = await this.parts.pauses.list();
    const all = pauses.find(({ scope }) => scope === EVERY_TYPE);
    const own = all ?? pauses.find(({ scope }) => scope === type);
    const since = own ? ` since ${own.since}${own.by === undefined ? '' : ` by ${own.by}`}` : '';
    if (all) return { reason: 'all_paused', text: `All jobs are paused${since}; it goes on when they are resumed.` };
    return {
      reason: 'type_paused',
      text: `Jobs of the type "${type}" are paused${since}; it goes on when they are resumed.`,
    };
  }

  async #limited(job: Job, standing: Standing): Promise<Explanation | undefined> {
    const limits = limitsOf(this.parts.registry.types.get(job.type)?.config ?? {});
    const gate = limits && (await this.parts.standings.gate(job.type, limits));
    const holding = gate?.holds(standing);
    if (!gate || holding === undefined) return undefined;
    const until = holding === 'rate' ? gate.nextBegin : undefined;
    const [reason] = Object.entries(LIMIT_REASONS).find(([, limit]) => limit === holding) as [Reason, unknown];
    const text = limitText(job, standing, gate.limits, holding, until);
    const resting = holding === 'limit' ? await this.parts.standings.restingInPlace(job.type) : undefined;
    const why = resting === undefined ? '' : ` Job ${resting} holds a place between its slices; explain that one.`;
    return { reason, text: `${text}${why}`, ...(until && { until }) };
  }

  async #inLine({ number, type }: Job): Promise<Explanation> {
    const before = await this.parts.standings.before(number, type);
    const count = before >= MOST_BEFORE ? `${MOST_BEFORE} or more` : String(before);
    const text =
      before === 0
        ? 'It is the next of its type; a worker takes it as soon as a place is free.'
        : `${count} ${before === 1 ? 'job' : 'jobs'} of its type ${before === 1 ? 'stands' : 'stand'} before it.`;
    return { reason: 'in_line', text, before };
  }
}

const isHeard = ({ silentMs }: SeenWorker) => silentMs < SILENT_MS;

function endedText({ status, error }: Job): string {
  const { label } = STATUS_WORDS[status];
  return error === undefined ? `It has ended: ${label.toLowerCase()}.` : `It has ended in error: ${error.message}`;
}

function pausedText({ worker }: Job): string {
  return worker === undefined
    ? 'It is paused; it goes on when somebody resumes it.'
    : `It is paused; the slice that runs on ${worker} is still recorded.`;
}

function running({ worker = '', dueAt }: Job, workers: readonly SeenWorker[]): Explanation {
  const seen = workers.filter((each) => each.worker === worker);
  if (seen.length === 0 || seen.some(isHeard)) return { reason: 'running', text: `The worker ${worker} carries it.` };
  const seconds = Math.round(Math.min(...seen.map(({ silentMs }) => silentMs)) / 1000);
  return {
    reason: 'worker_silent',
    text: `Its worker ${worker} has been silent for ${seconds} s; if it is gone, another takes the job over at ${dueAt}.`,
    ...(dueAt && { until: dueAt }),
  };
}

/** Not by its name: who may see a job may not see the one it waits for. */
function waitsFor(number: number, before: Job | undefined): Explanation {
  const remedy = 'Press "start now" to let it start without that, or cancel it.';
  if (!before) return { reason: 'waits_for', text: `It waits for job ${number}, which is gone. ${remedy}` };
  const { label } = STATUS_WORDS[before.status];
  const isOver = before.status === 'error' || before.status === 'cancelled';
  const state = isOver
    ? `has ended (${label.toLowerCase()}). Retry that one; or ${remedy.replace('P', 'p')}`
    : 'has not succeeded yet.';
  return { reason: 'waits_for', text: `It waits for job ${number}, which ${state}` };
}

function waitsForChildren({ total, ended }: ChildCounts): Explanation {
  const left = total - ended;
  const text =
    left > 0
      ? `It waits for ${left} of the ${total} jobs that it added.`
      : `The ${total} jobs that it added have ended; it goes on within a second or two.`;
  return { reason: 'waits_for_children', text };
}

/** Not due yet: when, and why. */
function waiting({ dueAt, runAt, error }: Job, { isDue, refusals }: Standing): Explanation | undefined {
  if (isDue || dueAt === undefined) return undefined;
  if (error !== undefined) {
    return { reason: 'retry_at', text: `It failed, and is tried again at ${dueAt}: ${error.message}`, until: dueAt };
  }
  if (refusals > 0) {
    const times = refusals === 1 ? 'once' : `${refusals} times in a row`;
    return { reason: 'not_now', text: `It said "not now" ${times}, and is asked again at ${dueAt}.`, until: dueAt };
  }
  return { reason: 'run_at', text: `It is to run at ${runAt ?? dueAt}, not before.`, until: dueAt };
}

function unserved({ type }: Job, heard: readonly SeenWorker[]): Explanation | undefined {
  if (heard.length === 0) {
    return { reason: 'no_worker', text: 'No worker runs. Start one with "progress-manager work", or "serve".' };
  }
  if (heard.some(({ types }) => types.includes(type))) return undefined;
  const count = heard.length === 1 ? 'The worker that runs has not' : `None of the ${heard.length} workers has`;
  return {
    reason: 'no_module',
    text: `${count} the module of the type "${type}". Bring it back, and restart the worker; the job waits for it.`,
  };
}

function lacking(job: Job, abilities: Abilities): Explanation | undefined {
  const text = lackFor(job, abilities);
  return text === undefined ? undefined : { reason: 'no_ability', text };
}

function throttled({ type }: Job, { throttledUntil, throttledWhy }: Standing): Explanation | undefined {
  if (throttledUntil === undefined) return undefined;
  const why = throttledWhy === undefined ? '' : `: ${throttledWhy}`;
  return {
    reason: 'throttled',
    text: `Jobs of the type "${type}" are throttled until ${throttledUntil}${why}.`,
    until: throttledUntil,
  };
}

function limitText(
  { type }: Job,
  { owner, group }: Standing,
  { limit, limitPerOwner, limitPerGroup, rate }: TypeLimits,
  holding: keyof TypeLimits,
  until: string | undefined,
): string {
  switch (holding) {
    case 'limit':
      return `As many jobs of the type "${type}" run as may at once, ${limit}.`;
    case 'limitPerOwner':
      return `As many jobs of ${owner} run as may at once, ${limitPerOwner} of the type "${type}".`;
    case 'limitPerGroup':
      return `As many jobs of the group "${group}" run as may at once, ${limitPerGroup} of the type "${type}".`;
    case 'rate':
      return `No more than ${rate?.limit} jobs of the type "${type}" may begin within ${rate?.per} ms; the next may at ${until}.`;
  }
}
