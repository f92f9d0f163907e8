import { z } from 'zod';
import { LONGEST_TEXT } from '../../contracts/describe-error.js';
import { JOB_LOG_LEVELS } from '../../contracts/job-log.js';
import type { ClaimedJob } from '../../contracts/job-store.js';
import { MOST_PHASE_NAME } from '../../contracts/phase-limits.js';
import { PLACES } from '../job-log.js';
import { LONGEST_DETAILS } from '../line-text.js';
import type { FromChild } from './messages.js';

const DAY_MS = 24 * 60 * 60 * 1000;

const whole = z.number().int();
const count = whole.min(0);
const counts = z.object({ processed: count, total: count.optional(), failed: count, skipped: count });
const from0 = z.number().min(0);
const sample = z.object({
  progress: z.number().min(0).max(100),
  message: z.string().max(LONGEST_TEXT).optional(),
  counts,
  phase: z.object({ index: count, of: count, name: z.string().max(MOST_PHASE_NAME), until: from0.max(100) }).optional(),
});
const claimed = z.looseObject({
  ...{ number: whole, leaseVersion: whole, sliceSeq: whole, crashCount: whole, refusals: whole },
  ...{ dataText: z.string(), job: z.looseObject({}) },
});
const state = z.looseObject({
  claimed,
  shown: sample,
  progressSent: z.number().min(0).max(100),
  phase: z.enum(['not_begun', 'performing', 'judged']),
  pace: z.object({ percent: from0, ms: from0, workMs: from0 }),
});

const line = z.object({
  kind: z.enum(['log', 'message']),
  place: whole.min(PLACES.child).max(PLACES.afterChild - 1),
  level: z.enum(JOB_LOG_LEVELS),
  message: z.string().max(LONGEST_TEXT),
  details: z
    .string()
    .max(2 * LONGEST_DETAILS)
    .optional(),
  ...{ attempt: count, slice: count, bytes: count.max(2 * (LONGEST_TEXT + LONGEST_DETAILS)) },
  ageMs: z.number().min(0).max(DAY_MS),
  isOnce: z.boolean(),
});

const MESSAGE = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('ready') }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
  z.object({ kind: z.literal('alive'), sample: sample.optional(), residentBytes: z.number(), heard: whole }),
  z.object({ kind: z.literal('lines'), lines: z.array(line).max(2000) }),
  z.object({
    kind: z.literal('debug'),
    line: z.object({ job: whole, message: z.string().max(LONGEST_TEXT), details: z.unknown() }),
  }),
  z.object({ kind: z.literal('mustLeave') }),
  z.object({ kind: z.literal('after'), after: z.enum(['goes_on', 'left']), state }),
  z.object({ kind: z.literal('threw'), message: z.string(), state }),
  z.object({
    kind: z.literal('log'),
    level: z.enum(['debug', 'info', 'warn', 'error']),
    fields: z.looseObject({}),
    message: z.string(),
  }),
  z.object({ kind: z.literal('due'), job: z.object({ id: z.string(), type: z.string() }) }),
  z.object({ kind: z.literal('cancelled'), number: whole }),
  z.object({ kind: z.literal('ended'), id: z.string(), parent: whole.optional() }),
]);

/**
 * Is this one of our messages, and about this job? The job's own code can write to the channel of its process too: what
 * is none of ours must not get into the worker. Never throws.
 */
export function isFromChild(message: unknown, { number, leaseVersion }: ClaimedJob): message is FromChild {
  const { data } = MESSAGE.safeParse(message);
  if (!data) return false;
  if (!('state' in data)) return true;
  return data.state.claimed.number === number && data.state.claimed.leaseVersion === leaseVersion;
}
