import type { ClaimedJob } from '../../contracts/job-store.js';
import type { FromChild } from './messages.js';

type Said = Readonly<Record<string, unknown>>;

const isText = (value: unknown) => typeof value === 'string';
const isObject = (value: unknown): value is Said => typeof value === 'object' && value !== null;
const isSample = (value: unknown) => isObject(value) && Number.isFinite(value.progress) && isObject(value.counts);
const isDue = (value: unknown) => isObject(value) && isText(value.id) && isText(value.type);
const LEVELS: readonly unknown[] = ['debug', 'info', 'warn', 'error'];
const PHASES: readonly unknown[] = ['not_begun', 'performing', 'judged'];
const AFTER: readonly unknown[] = ['goes_on', 'left'];

/**
 * What a child process says comes by a channel that the job's own code can write to as well: what does not have the
 * form of our messages, or speaks of another job, must not get into the worker.
 */
export function isFromChild(message: unknown, { number, leaseVersion }: ClaimedJob): message is FromChild {
  if (!isObject(message)) return false;
  const isState = (state: unknown) =>
    isObject(state) &&
    isObject(state.claimed) &&
    [state.claimed.number === number, state.claimed.leaseVersion === leaseVersion].every(Boolean) &&
    [state.claimed.sliceSeq, state.claimed.crashCount, state.claimed.refusals].every(Number.isSafeInteger) &&
    isText(state.claimed.dataText) &&
    isObject(state.claimed.job) &&
    isSample(state.shown) &&
    Number.isFinite(state.progressSent) &&
    PHASES.includes(state.phase);
  switch (message.kind) {
    case 'ready':
    case 'mustLeave':
      return true;
    case 'failed':
      return isText(message.message);
    case 'alive':
      return (
        Number.isFinite(message.residentBytes) &&
        Number.isSafeInteger(message.heard) &&
        (message.sample === undefined || isSample(message.sample))
      );
    case 'after':
      return AFTER.includes(message.after) && isState(message.state);
    case 'threw':
      return isText(message.message) && isState(message.state);
    case 'log':
      return LEVELS.includes(message.level) && isObject(message.fields) && isText(message.message);
    case 'due':
      return isDue(message.job);
    case 'cancelled':
      return Number.isSafeInteger(message.number);
    case 'ended':
      return isText(message.id);
    default:
      return false;
  }
}
