import { InvalidInputError, ProgressManagerError, WaitTimeoutError } from 'progress-manager';
import type { BackgroundJob } from './background-job.js';
import type { BackgroundJobs } from './background-jobs.js';

/** Background jobs, or what has their UUIDs. */
export type Waited = readonly Pick<BackgroundJob, 'UUID'>[];

/** A wait that met failed jobs: `jobs` are those that had failed when it looked. */
export class BackgroundJobsFailedError extends ProgressManagerError {
  readonly code = 'background_jobs_failed';
  readonly status = 409;
  readonly jobs: readonly BackgroundJob[];

  constructor(jobs: readonly BackgroundJob[], isOne: boolean) {
    const words = isOne ? 'Фоновое задание завершились' : 'Одно или несколько фоновых заданий завершились';
    const each = jobs.map(({ MethodName, UUID, ErrorInfo }) => `${MethodName} (${UUID}): ${ErrorInfo?.Description}`);
    super(`${words} с ошибкой. Failed: ${each.slice(0, 3).join('; ')}${each.length > 3 ? ' …' : ''}`);
    this.jobs = jobs;
  }
}

/** A wait whose time was up before its jobs had ended: `jobs` are those that go on. */
export class BackgroundJobsTimeoutError extends ProgressManagerError {
  readonly code = 'wait_timeout';
  readonly status = 504;

  constructor(readonly jobs: readonly BackgroundJob[]) {
    const { Begin, MethodName, Description, Key } = jobs[0] as BackgroundJob;
    const first = `start date: ${Begin.toISOString()} method: ${MethodName} description: ${Description} key: ${Key}`;
    super(`Timeout expires for job: ${first}${jobs.length > 1 ? `; and for ${jobs.length - 1} more` : ''}`);
  }
}

/** Milliseconds between two looks; 1,000 for what is no whole number of them. */
export function checkInterval(text = ''): number {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 1000;
}

/** Waits until all have ended, in whatever way, or so many seconds are up. */
export async function untilEnded(jobs: BackgroundJobs, waited: Waited, seconds?: number, signal?: AbortSignal) {
  if (seconds !== undefined && !(typeof seconds === 'number' && seconds >= 0 && seconds <= 2_147_483))
    throw new InvalidInputError('timeout', 'must be 0 to 2147483 seconds; without it a wait has no end.');
  const ids = waited.map(({ UUID }) => UUID);
  const options = { ...jobs.acting, timeout: seconds && seconds * 1000, signal };
  await jobs.progressManager.wait(ids, options).catch((error) => {
    if (!(error instanceof WaitTimeoutError)) throw error;
  });
}

/** Waits until all have ended, or one has failed, for which it looks now and then. */
export async function untilCompleted(jobs: BackgroundJobs, waited: Waited, seconds?: number): Promise<void> {
  const failing = new AbortController();
  const look = async () => {
    const seen = await jobs.refresh(waited);
    const failed = seen.filter(({ State }) => State === 'Failed');
    if (failed.length > 0) failing.abort(new BackgroundJobsFailedError(failed, waited.length === 1));
    return seen;
  };
  let looking: Promise<unknown> | undefined;
  const lookAgain = async () => {
    // The wait outlasts a database that is away, and the next look sees what this one could not.
    looking ??= look().catch(() => undefined);
    await looking;
    looking = undefined;
  };
  const timer = setInterval(lookAgain, jobs.jobsCheckInterval);
  try {
    await look();
    await untilEnded(jobs, waited, seconds, failing.signal);
    const active = (await look()).filter(({ State }) => State === 'Active');
    failing.signal.throwIfAborted();
    if (active.length > 0) throw new BackgroundJobsTimeoutError(active);
  } finally {
    clearInterval(timer);
  }
}
