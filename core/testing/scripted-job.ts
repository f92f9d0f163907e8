import type { Counts } from '../contracts/job.js';
import type { JobContext, ProgressJob } from '../contracts/progress-job.js';
import type { Status } from '../contracts/status.js';
import { AbstractProgressManager } from '../services/abstract-progress-manager.js';

/** What a slice of a scripted job does. */
export const STEPS = {
  /** Comes one further. */
  OK: 'OK',
  /** Says "not now": returns false. */
  NOT_NOW: 'NOT_NOW',
  /** Throws. */
  THROW: 'THROW',
  /** Ends the job in an error, with a message. */
  ERROR: 'ERROR',
  /** Says that it has worked, and has moved nothing. */
  IDLE: 'IDLE',
  /** Waits until it is told to stop, and throws then. */
  HANG: 'HANG',
} as const;

export type Step = keyof typeof STEPS;

/** One function for every slice: it has the service in its hands. */
export type Script = (service: ScriptedProgressManager, job: ProgressJob, context: JobContext) => unknown;

/** A job service whose setters anybody may call. */
export abstract class ScriptedProgressManager extends AbstractProgressManager {
  override advance(offset: number, total?: number): void {
    super.advance(offset, total);
  }

  override nextPhase(): void {
    super.nextPhase();
  }

  override setOffset(offset: number): void {
    super.setOffset(offset);
  }

  override setProgress(progress: number): void {
    super.setProgress(progress);
  }

  override setStatus(status: Status): void {
    super.setStatus(status);
  }

  override setData(data: unknown): void {
    super.setData(data);
  }

  override setMessage(message: string | undefined): void {
    super.setMessage(message);
  }

  override setResult(result: unknown): void {
    super.setResult(result);
  }

  override setCounts(counts: Partial<Counts>): void {
    super.setCounts(counts);
  }
}

/** What stands in a config, beside other options of the type. */
export interface ScriptedType {
  readonly service: new () => ScriptedProgressManager;
}

/**
 * A job type that does what it is told, for tests of actions, pages and hooks: `scriptedJob(['OK', 'NOT_NOW', 'OK'])`
 * is two slices long, and says "not now" once in between. What moves nothing is done once; an `OK` that was not
 * recorded is done again. A function instead of steps is called for every slice.
 */
export function scriptedJob(script: readonly Step[] | Script): ScriptedType {
  const perform = typeof script === 'function' ? script : stepByStep(checked(script));
  return {
    service: class extends ScriptedProgressManager {
      async executeProgressJob(job: ProgressJob, context: JobContext): Promise<boolean> {
        return (await perform(this, job, context)) as boolean;
      }
    },
  };
}

function checked(steps: readonly Step[]): readonly Step[] {
  const wrong = steps.find((step) => !(step in STEPS));
  if (wrong === undefined) return steps;
  throw new TypeError(`scriptedJob: there is no step "${wrong}". Known: ${Object.keys(STEPS).join(', ')}.`);
}

/** The offset counts the steps that moved it; which of those between two were done, no row says. */
function stepByStep(steps: readonly Step[]): Script {
  const groups: Step[][] = [[]];
  for (const step of steps) {
    if (step === 'OK') groups.push([]);
    else groups.at(-1)?.push(step);
  }
  // Steps behind the last OK are before an end of their own.
  const total = groups.at(-1)?.length === 0 ? groups.length - 1 : groups.length;
  const done = new Map<string, number>();
  return (service, job, context) => {
    const before = groups[job.offset] ?? [];
    const place = `${job.id} ${job.offset}`;
    const step = before[done.get(place) ?? 0] ?? 'OK';
    done.set(place, (done.get(place) ?? 0) + 1);
    return perform(step, { service, job, context, total });
  };
}

interface Given {
  readonly service: ScriptedProgressManager;
  readonly job: ProgressJob;
  readonly context: JobContext;
  readonly total: number;
}

async function perform(step: Step, { service, job, context, total }: Given): Promise<boolean> {
  switch (step) {
    case 'OK':
      service.advance(total === 0 ? 0 : job.offset + 1, total);
      return true;
    case 'NOT_NOW':
      return false;
    case 'IDLE':
      return true;
    case 'ERROR':
      service.setMessage('The script says so.');
      service.setStatus('error');
      return true;
    case 'THROW':
      throw new Error('The script says so.');
    case 'HANG':
      await new Promise((_, reject) => {
        if (context.signal.aborted) reject(context.signal.reason);
        context.signal.addEventListener('abort', () => reject(context.signal.reason), { once: true });
      });
      return false;
  }
}
