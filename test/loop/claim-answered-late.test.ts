import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ClaimedJob } from '../../core/contracts/job-store.js';
import { Loop, type LoopParts } from '../../core/loop/loop.js';
import type { RunningJob } from '../../core/loop/running-job.js';
import { RunningJobs } from '../../core/loop/running-jobs.js';

const LEASE_MS = 900;
const counts = { processed: 0, total: undefined, failed: 0, skipped: 0 };
const claimed = {
  number: 1,
  leaseVersion: 1,
  sliceSeq: 0,
  job: { type: 'copy', progress: 0, message: undefined, counts },
} as ClaimedJob;

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** A loop whose claims are answered after so long, ms; and the jobs that it carries. */
function openLoop(answerMs: number) {
  const carried: RunningJob[] = [];
  const answerLate = async <T>(answer: T) => {
    vi.advanceTimersByTime(answerMs);
    return answer;
  };
  const loop = new Loop({
    store: {
      claim: () => answerLate({ jobs: [claimed], more: false, hasLeft: false }),
      claimOne: () => answerLate(claimed),
    },
    registry: { types: new Map() },
    places: { track: <T>(work: T) => work, carry: async (job: RunningJob) => void carried.push(job) },
    isolation: { standingBy: 0 },
    running: new RunningJobs(),
    throttles: { open: async (types: readonly string[]) => types },
    beat: { start() {}, stop() {} },
    events: new EventEmitter(),
    ...{ logger: console, worker: 'host:1/a', limit: 5, intervalMs: 1000, leaseMs: LEASE_MS, graceMs: 1000 },
  } as unknown as LoopParts);
  return { loop, carried };
}

test.each([
  ['a claim', (loop: Loop) => loop.tick()],
  ['a claim of one job', (loop: Loop) => loop.carry(1)],
])('the lease of %s counts from before it was asked for, however late the answer comes', async (_, claim) => {
  const { loop, carried } = openLoop(700);
  const askedAt = performance.now();
  await claim(loop);
  expect(carried.map(({ leaseUntil }) => leaseUntil)).toEqual([askedAt + LEASE_MS]);
  expect(performance.now()).toBe(askedAt + 700);
});
