import type { RetryPolicy } from '../contracts/config.js';
import { bounded, describeError } from '../contracts/describe-error.js';
import { WriteEndedError } from '../contracts/errors.js';
import type { JobFailure, JobPhase, OutputFile } from '../contracts/job.js';
import type { ClaimedJob, SliceRecord } from '../contracts/job-store.js';
import { isOutage } from '../store/transient.js';
import { type ShownProgress, shownCounts, shownProgress } from './progress.js';
import { retryDelay } from './retry-delay.js';

/** How a call of `executeProgressJob` came back; what the getters say is read only after `true`. */
export type SliceEnd = { readonly reading: Reading } | { readonly returned: unknown } | { readonly threw: unknown };

/** Why a slice was told to stop. */
export type StopReason = 'cancelled' | 'lease_lost' | 'stopping' | 'too_long';

/** What the getters of the service said after the slice. */
export interface Reading {
  readonly status: unknown;
  readonly progress: unknown;
  readonly offset: unknown;
  /** JSON text; `undefined`: the service keeps none. */
  readonly data: string | undefined;
  readonly result: string | undefined;
  readonly message: string | undefined;
  readonly counts: unknown;
  /** Where the job has phases: the furthest that was spoken of, and the percent of the whole job at which it ends. */
  readonly phase: (JobPhase & { readonly until: number }) | undefined;
  /** What was wrong with what it said, though it could be used. */
  readonly fault: string | undefined;
  readonly outputs: readonly OutputFile[] | undefined;
}

/** What the slice began from, and what is known about it. */
export interface SliceFacts {
  readonly claimed: ClaimedJob;
  /** The progress that was last shown; a beat may have saved more than the last record. */
  readonly lastProgress: number;
  readonly hasWrites: boolean;
  /** How many jobs it adds. */
  readonly adds: number;
  /** Set when the slice's signal fired. */
  readonly stopped: StopReason | undefined;
  /** What a slice that was cut off means: its type's `whenWorkerLost`. */
  readonly whenWorkerLost: 'resume' | 'error';
  /** What its type says about trying again. */
  readonly retry: RetryPolicy | undefined;
  /** How long its type lets a slice run, ms. */
  readonly maxSliceMs: number | undefined;
  /** Takes the job's secrets out of what it threw. */
  readonly hide: (text: string) => string;
  /** The version that the data was migrated to before this slice; it is recorded with it. */
  readonly migratedTo: number | undefined;
}

export type Outcome =
  /** `fault`: what was wrong with what the job said, though not wrong enough to end it. */
  | { readonly kind: 'record'; readonly slice: SliceRecord; readonly fault?: string | undefined }
  /** Ends in `error`; everything else stays as it was recorded, and what the slice wrote is undone. */
  | { readonly kind: 'fail'; readonly slice: SliceRecord }
  /** A new attempt, later; everything else stays as it was recorded, and what the slice wrote is undone. */
  | { readonly kind: 'try_later'; readonly error: JobFailure; readonly delayMs: number }
  | { readonly kind: 'postpone'; readonly refusals: number; readonly idleSlices: number; readonly delayMs: number }
  | { readonly kind: 'drop' };

/** A hook `beforeSlice` would not have the slice begin. */
export class SliceRefused extends Error {}

/** After so many slices in a row that moved nothing a job is taken for stuck. */
const MOST_IDLE_SLICES = 100;
/** `data` and `result` of a job, bytes of JSON. */
export const MOST_JSON_BYTES = 1024 * 1024;

/** What the end of a slice means for its job. The table of these rules is in the README, "What a slice's outcome means". */
export function judge(end: SliceEnd, facts: SliceFacts): Outcome {
  if ('threw' in end) {
    // Done again it might write twice what stands already: that is for people to decide.
    const isEnded = end.threw instanceof WriteEndedError;
    if (isEnded && facts.stopped !== 'cancelled' && facts.stopped !== 'lease_lost') {
      return failed(facts, { code: 'failed', message: describeError(end.threw, facts.hide) });
    }
    if (facts.stopped) return cutOff(facts);
    if (facts.whenWorkerLost === 'resume' && isOutage(end.threw)) return notNow(facts, facts.claimed.idleSlices);
    const code = end.threw instanceof SliceRefused ? 'refused_by_hook' : 'failed';
    return failedOrAgain(facts, { code, message: describeError(end.threw, facts.hide) });
  }
  if ('reading' in end) return fromReading(end.reading, facts);
  if (end.returned === false) return notNow(facts, facts.claimed.idleSlices);
  return failed(facts, {
    code: 'bad_return',
    message: `executeProgressJob gave back ${typeof end.returned}; it must give true or false.`,
  });
}

/** The end of a job whose slice cannot be recorded. */
export function failed(
  { claimed, lastProgress }: Pick<SliceFacts, 'claimed' | 'lastProgress'>,
  error: JobFailure,
): Outcome {
  const { offset, counts, message } = claimed.job;
  const unchanged = { data: undefined, result: undefined, outputs: undefined, idleSlices: 0 };
  return {
    kind: 'fail',
    slice: { ...unchanged, status: 'error', offset, counts, message, progress: lastProgress, error },
  };
}

/** How long "not now" lasts: 1 s, 2 s, 4 s … 60 s. */
function notNowDelay(refusals: number): number {
  return Math.min(60_000, 1000 * 2 ** Math.min(refusals - 1, 6));
}

/** A slice that did not come to its end: what it did is not known. */
export function cutOff(facts: SliceFacts): Outcome {
  if (facts.stopped === 'too_long') {
    const message = `The slice ran longer than the ${facts.maxSliceMs} ms that its type allows (maxSliceMs).`;
    return failedOrAgain(facts, { code: 'too_long', message });
  }
  if (facts.stopped === 'cancelled' || facts.whenWorkerLost === 'resume') return { kind: 'drop' };
  const how = facts.stopped ? 'The worker stopped before the job had ended' : 'What the job did could not be recorded';
  return failed(facts, { code: 'worker_lost', message: `${how}, and a job of this type cannot resume.` });
}

/** A slice that threw: another try where its type has one left, else the end. */
function failedOrAgain(facts: SliceFacts, error: JobFailure): Outcome {
  const { attempts = 1 } = facts.retry ?? {};
  const { triesUsed } = facts.claimed;
  if (triesUsed + 1 >= attempts) return failed(facts, error);
  return { kind: 'try_later', error, delayMs: retryDelay(triesUsed, facts.retry?.backoff) };
}

/** A slice that nobody could record: as "not now", so that a job nobody can record does not spin. */
export function putOff(facts: SliceFacts): Outcome {
  return notNow(facts, facts.claimed.idleSlices);
}

function notNow({ claimed }: SliceFacts, idleSlices: number): Outcome {
  const refusals = Math.min(claimed.refusals + 1, 65_535);
  return { kind: 'postpone', refusals, idleSlices, delayMs: notNowDelay(refusals) };
}

function fromReading(reading: Reading, facts: SliceFacts): Outcome {
  const { status, offset, data, result, message, outputs } = reading;
  if (status !== 'new' && status !== 'in_progress' && status !== 'success' && status !== 'error') {
    return failed(facts, {
      code: 'bad_status',
      message: `A job cannot give itself the status ${describeStatus(status, facts)}. It may say in_progress, success or error.`,
    });
  }
  if (facts.adds > 0 && status === 'success') {
    return failed(facts, {
      code: 'bad_status',
      message: `The slice added ${facts.adds} jobs and said success. It must say in_progress: the job goes on, and may succeed, when they have ended. A run function is one slice, and cannot add jobs.`,
    });
  }
  if (typeof offset !== 'number' || !Number.isSafeInteger(offset) || offset < 0) {
    return failed(facts, {
      code: 'bad_offset',
      message: `The offset ${typeof offset === 'number' ? offset : `(a ${typeof offset})`} is no whole number from 0 to 2^53.`,
    });
  }
  const tooLarge = [['data', data] as const, ['result', result] as const].find(
    ([, text]) => bytes(text) > MOST_JSON_BYTES,
  );
  if (tooLarge) {
    return failed(facts, {
      code: 'data_too_large',
      message: `The job's ${tooLarge[0]} has ${bytes(tooLarge[1])} bytes of JSON; ${MOST_JSON_BYTES} are allowed. Keep large content in a file.`,
    });
  }
  const shown = shownProgress(reading.progress, facts.lastProgress, status === 'success');
  const isIdle = status !== 'success' && status !== 'error' && !moved(reading, shown, facts);
  if (isIdle && facts.claimed.idleSlices + 1 < MOST_IDLE_SLICES) return notNow(facts, facts.claimed.idleSlices + 1);
  if (isIdle) {
    return failed(facts, {
      code: 'no_progress',
      message: `${MOST_IDLE_SLICES} slices in a row moved nothing: the same offset, data and progress each time.`,
    });
  }
  const error =
    status === 'error'
      ? { code: 'failed', message: bounded(message ?? 'The job said that it failed, and gave no reason.') }
      : undefined;
  const { counts, fault } = shownCounts(reading.counts, facts.claimed.job.counts);
  const slice: SliceRecord = {
    offset,
    counts,
    outputs,
    error,
    idleSlices: 0,
    status: status === 'new' ? 'in_progress' : status,
    progress: shown.progress,
    message: message === undefined ? undefined : bounded(message),
    data: newData(data, facts),
    version: facts.migratedTo,
    result,
    phase: isNew(reading.phase, facts.claimed.job.phase) ? named(reading.phase) : undefined,
  };
  const faults = [reading.fault, shown.fault, fault].filter(Boolean);
  return { kind: 'record', slice, fault: faults.join('; ') || undefined };
}

/** Migrated data is new, whatever the slice says of it. */
function newData(data: string | undefined, { claimed, migratedTo }: SliceFacts): string | undefined {
  if (migratedTo !== undefined) return data ?? claimed.dataText;
  return data === claimed.dataText ? undefined : data;
}

function moved(
  { offset, data, outputs, phase }: Reading,
  shown: ShownProgress,
  { claimed, hasWrites }: SliceFacts,
): boolean {
  return (
    hasWrites ||
    outputs !== undefined ||
    offset !== claimed.job.offset ||
    shown.progress !== claimed.job.progress ||
    (phase !== undefined && phase.index > (claimed.job.phase?.index ?? 1)) ||
    (data !== undefined && data !== claimed.dataText)
  );
}

function isNew<P extends JobPhase>(said: P | undefined, recorded: JobPhase | undefined): said is P {
  return said !== undefined && (said.index !== recorded?.index || said.of !== recorded.of);
}

const named = ({ index, of, name }: JobPhase): JobPhase => ({ index, of, name });

const bytes = (text: string | undefined) => (text === undefined ? 0 : Buffer.byteLength(text));

const describeStatus = (status: unknown, { hide }: SliceFacts) =>
  typeof status === 'string' ? `"${hide(status).slice(0, 40)}"` : typeof status;
