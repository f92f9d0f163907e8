import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobTypeConfig, Registry } from '../../contracts/config.js';
import type { JobFailure } from '../../contracts/job.js';
import type { JobEvents } from '../../contracts/job-events.js';
import type { DebugSink } from '../../contracts/job-log.js';
import type { JobStore } from '../../contracts/job-store.js';
import type { Logger } from '../../contracts/logger.js';
import type { LogWriter } from '../log-writer.js';
import type { RunningJob } from '../running-job.js';
import type { AfterSlice } from '../slice-following.js';
import type { MustLeave, SliceRunner } from '../slice-runner.js';
import { resumes } from '../when-worker-lost.js';
import { Children } from './children.js';
import { type ChildDeath, JobChild } from './job-child.js';
import type { ChildOptions } from './messages.js';

export interface IsolationParts {
  readonly inline: SliceRunner;
  readonly store: JobStore;
  readonly registry: Registry;
  readonly events: JobEvents;
  readonly logs: LogWriter;
  readonly debugSink?: DebugSink | undefined;
  readonly logger: Logger;
  /** `undefined`: here are no child processes, for a reason that was logged. */
  readonly child: { readonly program: URL; readonly options: ChildOptions } | undefined;
}

/** Longer than a child takes that can be ended at all, ms. */
const MOST_ENDING_MS = 5000;

/** A job whose own child process has died so often ends in error. */
const MOST_DEATHS = 3;

/** Where there are no child processes: a job that has not moved while so many workers died in it is what kills them. */
const MOST_CRASHES = 20;
const CRASHED_TOO_OFTEN: JobFailure = {
  code: 'worker_lost',
  message: `${MOST_CRASHES} workers have died in slices of this job that began at the same place.`,
};

/** Where the slices of a job run: in this process, or in a child process of the job's own. */
export class Isolation {
  readonly #children = new Map<RunningJob, JobChild>();
  readonly #ending = new Map<Promise<void>, number>();

  readonly #fresh: Children | undefined;

  constructor(private readonly parts: IsolationParts) {
    const { child } = parts;
    this.#fresh = child && new Children(child.program, child.options, (type) => this.#hasRoom(type));
  }

  /** As SliceRunner's. A child process stays for the job's next slice, until `leave`. */
  run(running: RunningJob, mustLeave: MustLeave): Promise<AfterSlice> {
    const { inline } = this.parts;
    const config = this.#configOf(running);
    if (!this.#fresh && running.claimed.crashCount >= MOST_CRASHES) return inline.fail(running, CRASHED_TOO_OFTEN);
    if (!this.#fresh || !isIsolated(running, config)) return inline.run(running, mustLeave);
    const child = this.#children.get(running);
    if (child) return this.#runIn(child, running, mustLeave, config);
    return this.#runAlone(this.#fresh, running, mustLeave, config);
  }

  /** In a process of its own: where the job was cancelled or lost and has come back, after the one that it had. */
  async #runAlone(
    fresh: Children,
    running: RunningJob,
    mustLeave: MustLeave,
    config: JobTypeConfig | undefined,
  ): Promise<AfterSlice> {
    await Promise.all(this.#processesOf(running.number));
    return this.#runIn(this.#begin(running, fresh, config), running, mustLeave, config);
  }

  #processesOf(number: number): readonly Promise<unknown>[] {
    const carried = [...this.#children].filter(([job]) => job.number === number).map(([, { ended }]) => ended);
    return [...carried, ...[...this.#ending].filter(([, job]) => job === number).map(([ended]) => ended)];
  }

  async #runIn(
    child: JobChild,
    running: RunningJob,
    mustLeave: MustLeave,
    config: JobTypeConfig | undefined,
  ): Promise<AfterSlice> {
    const end = await child.carry(mustLeave);
    if (end.kind === 'after') return end.after;
    if (end.kind === 'died') return this.#died(running, end, config);
    throw new Error(end.message);
  }

  /** How many child processes stand by, ready to begin; `undefined` where there are none. */
  get standingBy(): number | undefined {
    return this.#fresh?.ready;
  }

  /** Has child processes stand by for so many jobs of each type that may have to be taken over soon. */
  standBy(jobs: ReadonlyMap<string, number>): void {
    const children = new Map<number | undefined, number>();
    for (const [type, count] of jobs) {
      const { config } = this.parts.registry.types.get(type) ?? {};
      if (resumes(config)) children.set(config?.memoryMb, (children.get(config?.memoryMb) ?? 0) + count);
    }
    // Others prepare too, and half of the processors are for the jobs that run.
    const most = Math.ceil(availableParallelism() / 2);
    for (const [memoryMb, count] of children) this.#fresh?.standBy(memoryMb, Math.min(count, most));
  }

  /** As SliceRunner's. */
  giveUp(running: RunningJob): Promise<void> {
    return this.parts.inline.giveUp(running);
  }

  /**
   * The job is no longer carried here; what its child still does is over. Gives the child's end, for which its place is to
   * wait; `undefined`: it had none.
   */
  leave(running: RunningJob): Promise<unknown> | undefined {
    running.opened?.forget();
    const child = this.#children.get(running);
    if (!child) return undefined;
    this.#children.delete(running);
    const ended = child.end().finally(() => this.#ending.delete(ended));
    this.#ending.set(ended, running.number);
    return Promise.race([ended, sleep(MOST_ENDING_MS, undefined, { ref: false })]);
  }

  /** Leaves no child process behind. */
  async close(): Promise<void> {
    await this.#fresh?.close();
    await Promise.all([...this.#ending.keys(), ...[...this.#children.values()].map((child) => child.kill())]);
    this.#children.clear();
  }

  #begin(running: RunningJob, fresh: Children, config: JobTypeConfig | undefined): JobChild {
    const { memoryMb, maxSliceMs } = config ?? {};
    const parts = { ...this.parts, options: fresh.options, memoryMb, maxSliceMs };
    const child = new JobChild(fresh.take(running.claimed.job.type, memoryMb), running, parts);
    this.#children.set(running, child);
    return child;
  }

  /**
   * Jobs of a type with a limit hold their places until they end: where all are taken here, a spare would wait for none, and
   * be one process more than the limit lets people expect.
   */
  #hasRoom(type: string): boolean {
    const { limit = Number.POSITIVE_INFINITY } = this.parts.registry.types.get(type)?.config ?? {};
    return [...this.#children.keys()].filter(({ claimed }) => claimed.job.type === type).length < limit;
  }

  async #died(running: RunningJob, { how, wasReady }: ChildDeath, config?: JobTypeConfig): Promise<AfterSlice> {
    if (running.stopped) {
      await this.giveUp(running);
      return 'left';
    }
    if (!wasReady) throw new Error(`The child process of the job could not begin: it ${how}.`);
    const deaths = running.claimed.childDeaths + 1;
    const who = { job: running.number, type: running.claimed.job.type };
    this.parts.logger.warn({ ...who, how, deaths }, 'the child process of a job died in its slice');
    const isLast = deaths >= MOST_DEATHS || !resumes(config);
    running.log.add(
      'log',
      isLast ? 'error' : 'warning',
      running.place,
      `The child process of the job died in its slice: it ${how}.`,
      { deaths },
    );
    await this.parts.logs.flush(running);
    if (!isLast) await this.parts.store.childDied(running.lease);
    else if (await this.parts.store.condemn(running.lease, failureOf(how, config))) {
      const { id, parent } = running.claimed.job;
      this.parts.events.emit('ended', id, undefined, parent);
    }
    return 'left';
  }

  #configOf(running: RunningJob): JobTypeConfig | undefined {
    return this.parts.registry.types.get(running.claimed.job.type)?.config;
  }
}

/** A job that cannot resume after its worker's death has no slice to do, wherever it runs. */
function isIsolated({ claimed }: RunningJob, config: JobTypeConfig | undefined): boolean {
  if (claimed.crashCount > 0 && !resumes(config)) return false;
  return config?.isolation === 'process' || claimed.isIsolated;
}

function failureOf(how: string, config: JobTypeConfig | undefined): JobFailure {
  const last = resumes(config) ? 'This was the third time.' : 'A job of this type cannot resume.';
  return { code: 'worker_lost', message: `The child process of the job died in its slice: it ${how}. ${last}` };
}
