import { setTimeout as sleep } from 'node:timers/promises';
import { readSettings } from '../config/settings.js';
import type { App } from '../core/app.js';
import { JobNotFoundError } from '../core/contracts/errors.js';
import type { Job } from '../core/contracts/job.js';
import type { DebugSink } from '../core/contracts/job-log.js';
import type { JobRef } from '../core/contracts/job-store.js';
import { isTerminal } from '../core/contracts/status.js';
import { everyJob } from '../core/every-job.js';
import { type JobView, singleJob } from '../core/http/job-view.js';
import { ADMIN } from './admin.js';
import type { CommandContext } from './command-context.js';
import { openApp } from './open-app.js';
import { progressLine } from './progress-bar.js';
import { keepAliveThroughStrayErrors } from './stray-errors.js';
import { printable } from './text-width.js';
import { type HeardSignal, hearSignal, sayStopping, untilStopped } from './until-stopped.js';
import { changesOf } from './watch-job.js';

/** A job that was carried, as it is then. */
export interface RunJob {
  readonly job: Job;
  readonly view: JobView;
  /** In words, after its name. */
  readonly how: 'has ended' | 'had ended before' | 'was given back';
}

/** This process carries one job, with those that it adds, and no other, to its end or to a signal. Throws JobNotFoundError. */
export async function runJob(
  context: CommandContext,
  ref: JobRef,
  { debug }: { readonly debug?: boolean | undefined },
): Promise<RunJob> {
  const { graceMs, intervalMs } = readSettings(context.env);
  using signal = hearSignal();
  await using app = await openApp(context, {
    migrate: false,
    ...(debug && { isDebug: true, debugSink: shown(context) }),
  });
  using _kept = keepAliveThroughStrayErrors(app);
  const job = await existing(app, ref);
  if (isTerminal(job.status)) return carried(app, job, 'had ended before');
  const drawing = new AbortController();
  const carrying = toItsEnd(context, app, job.number, { signal, intervalMs }).catch((error: unknown) => {
    drawing.abort();
    throw error;
  });
  // The bar ends by itself, with the job.
  const work = Promise.all([carrying, draw(context, app, job.number, drawing.signal)]);
  const stop = (): Promise<boolean> => {
    if (signal.isHeard) sayStopping(context, graceMs);
    return app.stop();
  };
  await untilStopped(signal, { stop, work });
  drawing.abort();
  const now = await existing(app, job.number);
  return carried(app, now, isTerminal(now.status) ? 'has ended' : 'was given back');
}

async function carried(app: App, job: Job, how: RunJob['how']): Promise<RunJob> {
  return { job, how, view: await singleJob(job, ADMIN, app.container.get('progressManager')) };
}

/** A line for each, beside the bar; with `--json` stdout is for the end alone. */
function shown({ output }: CommandContext): DebugSink {
  return ({ message, details }) => {
    const words = printable(details === undefined ? message : `${message} ${JSON.stringify(details)}`);
    output.endChanges();
    if (output.isJson) output.note(words);
    else output.line(words, () => words);
  };
}

interface Course {
  readonly signal: HeardSignal;
  /** Pause between two looks at a job that is not due yet. */
  readonly intervalMs: number;
}

/** Claims it again whenever it is due. Throws when somebody else has it, or it cannot be carried here. */
async function toItsEnd(
  context: CommandContext,
  app: App,
  number: number,
  { signal, intervalMs }: Course,
): Promise<void> {
  let isTold = false;
  while (!signal.isHeard) {
    refuseOthers(app, await existing(app, number));
    const isCarried = await carryFamily(app, number);
    const job = await existing(app, number);
    if (isTerminal(job.status) || signal.isHeard) return;
    if (!isCarried && job.worker !== undefined) throw new Error(heldBy(job));
    if (isCarried) continue;
    if (!isTold && job.status !== 'paused') {
      context.output.endChanges();
      context.output.note(waitingText(job));
      isTold = true;
    }
    await sleep(intervalMs);
  }
}

/**
 * A job that waits for jobs that it added has these carried here too, as far as nobody else holds them. `false`: nothing
 * of it was carried.
 */
async function carryFamily(app: App, number: number): Promise<boolean> {
  const { container } = app;
  const isCarried = await container.get('loop').carry(number);
  const job = await container.get('progressManager').get(number);
  if (!job?.children || job.dueAt !== undefined || job.status !== 'in_progress') return isCarried;
  let isMoved = isCarried;
  const children = { parent: number, status: ['new', 'in_progress'] } as const;
  for await (const child of everyJob(children, (page) => container.get('progressManager').find(page)))
    isMoved = (await carryFamily(app, child.number)) || isMoved;
  return (await app.wakeParents([number])) > 0 || isMoved;
}

function refuseOthers(app: App, job: Job): void {
  const { types } = app.container.get('registry');
  if (!types.has(job.type)) {
    throw new Error(`No module here declares the type "${job.type}" of job ${job.number}. Run it where its module is.`);
  }
  if (job.status === 'paused') {
    throw new Error(`Job ${job.number} is paused. Let it go on first: "resume ${job.number}".`);
  }
}

function waitingText({ number, dueAt, children }: Job): string {
  if (dueAt !== undefined) return `Job ${number} is due at ${dueAt}: waiting.`;
  const others = children
    ? `${children.total - children.ended} jobs that it added, which cannot be carried here now`
    : '';
  return `Job ${number} waits for ${others || 'another job'}; "explain ${number}" says more.`;
}

function heldBy({ number, worker }: Job): string {
  return `Job ${number} is being worked on by ${worker}. Follow it with "watch ${number}"; when that worker is dead, its lease runs out by itself.`;
}

/** The bar, for people; a program hears only the end. */
async function draw({ output }: CommandContext, app: App, number: number, signal: AbortSignal): Promise<void> {
  if (output.isJson) return;
  try {
    for await (const job of changesOf(app.container.get('progressManager'), number, output, { signal })) {
      output.change(job, (width) => progressLine(job, width));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    output.endChanges();
  }
}

async function existing(app: App, ref: string | number): Promise<Job> {
  const job = await app.container.get('progressManager').get(ref);
  if (job === undefined) throw new JobNotFoundError(ref);
  return job;
}
