import { bounded, describeError } from '../contracts/describe-error.js';
import type { Counts, OutputFile } from '../contracts/job.js';
import type { ProgressJobInterface } from '../contracts/progress-job.js';
import { NO_PHASES, type SliceContext } from './job-context.js';
import type { Reading } from './outcome.js';
import type { Phases } from './phases.js';
import { shownCounts, shownProgress, withItems } from './progress.js';
import type { RunningJob, Sample } from './running-job.js';

/** Everything that speaks of how a slice stands. */
export interface Spoken {
  readonly service: ProgressJobInterface;
  readonly context: SliceContext;
  readonly running: RunningJob;
  /** Of the job's type. */
  readonly phases: Phases | undefined;
  /** What `countTotal` gave so far, and for which phase, from 1; `undefined`: the service has none. */
  readonly counted: { readonly phase: number; total(): number | undefined } | undefined;
}

/** Throws a TypeError that says what of the job JSON cannot hold. */
function jsonOf(what: 'data' | 'result', value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new TypeError(`The ${what} of the job cannot be JSON: ${describeError(cause)}`, { cause });
  }
}

/** What the getters say at the end of a slice. A service may have only getProgress and getStatus: the rest stays as it was. */
export function readService(spoken: Spoken, outputs: readonly OutputFile[] | undefined): Reading {
  const { service, context, running } = spoken;
  const { reported, items } = context;
  const { claimed, shown } = running;
  const message = service.getMessage ? service.getMessage() : claimed.job.message;
  const said = service.getCounts ? copied(service.getCounts()) : shown.counts;
  const { progress, phase, fault, counts } = progressOf(spoken, said);
  return {
    status: service.getStatus(),
    // What was reported within the slice is what people have seen: the bar does not fall back behind it.
    progress: isNumber(progress) && reported && reported.progress > progress ? reported.progress : progress,
    offset: service.getOffset ? service.getOffset() : claimed.job.offset,
    data: running.hideInJson(service.getData ? jsonOf('data', service.getData()) : undefined),
    result: running.hideInJson(service.getResult ? jsonOf('result', service.getResult()) : undefined),
    message: hidden(running, asText(message === claimed.job.message ? (reported?.message ?? message) : message)),
    counts: withItems(counts, claimed.job.counts, items),
    phase,
    fault,
    outputs,
  };
}

/** What the bar may show in the middle of a slice. */
export function sampleService(spoken: Spoken): Sample {
  const { service, context, running } = spoken;
  const { reported } = context;
  const { shown } = running;
  const said = service.getCounts ? shownCounts(service.getCounts(), shown.counts).counts : shown.counts;
  const { progress: own, phase, counts } = progressOf(spoken, said);
  const furthest = isNumber(own) ? Math.max(own, reported?.progress ?? 0) : own;
  const { progress } = shownProgress(furthest, shown.progress, false);
  const message = hidden(running, asText(reported?.message ?? service.getMessage?.() ?? shown.message));
  return { progress, message: message === undefined ? undefined : bounded(message), counts, phase };
}

/** Each count is asked for once, here, where getters of an object may throw. What is no object stays what it is. */
function copied(said: Counts): Counts {
  if (typeof said !== 'object' || said === null) return said;
  const { processed, total, failed, skipped } = said;
  return { processed, total, failed, skipped };
}

/** Percent of the whole job that the service says by itself, with its phase, and a total that was counted for it. */
function progressOf(spoken: Spoken, said: Counts) {
  const { service, context, running, phases } = spoken;
  const own = service.getPhase?.();
  if (!phases) {
    if (own !== undefined) throw new TypeError(NO_PHASES);
    const { percent: progress, counts } = counted(spoken, said, 1);
    return { progress, counts };
  }
  const index = own === undefined ? context.phaseIndex : phases.find(own);
  const { percent, counts } = counted(spoken, said, index);
  const furthest = Math.max(
    index,
    context.phaseIndex,
    phases.indexOf(running.shown.phase ?? running.claimed.job.phase),
  );
  return {
    progress: isNumber(percent) && Number.isFinite(percent) ? phases.overall(index, percent) : percent,
    counts,
    phase: phases.position(furthest),
    fault: isNumber(percent) && percent > 100 ? `progress ${percent} is over 100 in its phase` : undefined,
  };
}

/** A Symbol and a BigInt may not be reckoned with, and an object may throw when it is: each is a fault, and no more. */
const isNumber = (said: unknown): said is number => typeof said === 'number';

/** Percent, of the phase where there are phases, and counts: with a total that was counted for this phase. */
function counted({ service, counted }: Spoken, said: Counts, index: number) {
  const percent: unknown = service.getProgress();
  if (!counted || counted.phase !== index) return { percent, counts: said };
  const counts = withTotal(said, counted.total());
  return { percent: isNumber(percent) ? Math.max(percent, percentOf(counts)) : percent, counts };
}

/** With what was counted, where the service knows no total; a total that was overtaken is none. */
function withTotal(said: Counts, counted: number | undefined): Counts {
  const total = said?.total ?? counted;
  return total === undefined ? said : { ...said, total: said.processed > total ? undefined : total };
}

const percentOf = ({ processed, total }: Counts) => (total ? (100 * processed) / total : 0);

/** Before it is cut: half of a secret would be told otherwise. */
function hidden(running: RunningJob, message: string | undefined): string | undefined {
  return message === undefined ? undefined : running.hide(message);
}

/** Modules may be plain JavaScript: what is no text must not reach a statement, and counts as thrown by the job. */
function asText(message: unknown): string | undefined {
  if (message === undefined || message === null || typeof message === 'string') return message ?? undefined;
  throw new TypeError(`The message of a job must be a text, not a ${typeof message}.`);
}
