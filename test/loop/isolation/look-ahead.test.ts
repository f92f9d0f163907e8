import { afterEach, expect, test, vi } from 'vitest';
import type { Registry } from '../../../core/contracts/config.js';
import type { JobStore } from '../../../core/contracts/job-store.js';
import type { Isolation } from '../../../core/loop/isolation/isolation.js';
import { LookAhead } from '../../../core/loop/isolation/look-ahead.js';
import { RunningJobs } from '../../../core/loop/running-jobs.js';
import { childrenOf } from '../../support/children-of.js';
import { until } from '../../support/until.js';
import { isAlive, openWild } from './open-wild.js';

const LEASE_MS = 1000;
const loud = (_: object, message: string) => expect.unreachable(message);

function looking({ limit = 5, answer = async () => new Map([['copy', 2]]) } = {}) {
  const runningOut = vi.fn(answer);
  const standBy = vi.fn();
  const debug = vi.fn();
  const lookAhead = new LookAhead({
    store: { runningOut } as unknown as JobStore,
    registry: { types: new Map([['copy', {}]]) } as unknown as Registry,
    isolation: { standBy } as unknown as Isolation,
    running: new RunningJobs(),
    logger: { debug, info: loud, warn: loud, error: loud },
    ...{ limit, leaseMs: LEASE_MS },
  });
  return { lookAhead, runningOut, standBy, debug };
}

afterEach(() => vi.useRealTimers());

test('leases of which less than half is left are prepared for, as many as there are places', async () => {
  const { lookAhead, runningOut, standBy } = looking();
  await lookAhead.look();
  expect(runningOut.mock.calls).toEqual([[['copy'], LEASE_MS / 2, 5]]);
  expect(standBy.mock.calls).toEqual([[new Map([['copy', 2]])]]);
});

test('a worker without a free place does not look', async () => {
  const { lookAhead, runningOut } = looking({ limit: 0 });
  await lookAhead.look();
  expect(runningOut).not.toHaveBeenCalled();
});

test('a database that does not answer is nothing to shout about, and is asked again', async () => {
  const { lookAhead, standBy, debug } = looking({
    answer: async () => {
      throw new Error('Gone.');
    },
  });
  await lookAhead.look();
  expect(standBy).not.toHaveBeenCalled();
  expect(debug.mock.calls).toEqual([[{ error: 'Gone.' }, expect.stringContaining('leases')]]);
});

test('it looks four times a lease, one look at a time, and stops after the last', async () => {
  vi.useFakeTimers();
  const answers: (() => void)[] = [];
  const { lookAhead, runningOut } = looking({
    answer: () => new Promise((resolve) => answers.push(() => resolve(new Map()))),
  });
  lookAhead.start();
  lookAhead.start();
  await vi.advanceTimersByTimeAsync(LEASE_MS / 4);
  expect(runningOut).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(LEASE_MS / 4);
  expect(runningOut).toHaveBeenCalledTimes(1);
  answers[0]?.();
  await vi.advanceTimersByTimeAsync(LEASE_MS / 4);
  expect(runningOut).toHaveBeenCalledTimes(2);
  let hasStopped = false;
  const stopped = lookAhead.stop().then(() => {
    hasStopped = true;
  });
  await vi.advanceTimersByTimeAsync(LEASE_MS);
  expect(hasStopped).toBe(false);
  answers[1]?.();
  await stopped;
  await vi.advanceTimersByTimeAsync(LEASE_MS);
  expect(runningOut).toHaveBeenCalledTimes(2);
});

test('the job of a dead worker goes on in a process that was begun while its lease still ran', async () => {
  await using wild = await openWild({ leaseMs: 6000, intervalMs: 100 });
  const id = await wild.push('wild', { slices: 1 });
  const [claimed] = (
    await wild.app.container
      .get('jobStore')
      .claim({ worker: 'elsewhere:1/a', types: ['wild'], limit: 1, leaseMs: 6000 })
  ).jobs;
  expect(claimed?.job.id).toBe(id);
  await wild.app.start();
  const early = await until('a process stands by', async () => nonEmpty(await children()), 10_000);
  expect(await wild.begun(claimed?.number ?? 0)).toEqual([]);
  const job = await wild.ended(id);
  expect(job.status).toBe('success');
  const [slice] = await wild.begun(job.number);
  expect(early).toContain(slice?.pid);
  await wild.app[Symbol.asyncDispose]();
  expect((await children()).filter(isAlive)).toEqual([]);
});

test('nobody stands by for a job that cannot resume', async () => {
  await using wild = await openWild({ leaseMs: 1000, intervalMs: 100 });
  const id = await wild.push('one-shot', { slices: 1 });
  await wild.app.container
    .get('jobStore')
    .claim({ worker: 'elsewhere:1/a', types: ['one-shot'], limit: 1, leaseMs: 1000 });
  await wild.app.start();
  const job = await wild.ended(id);
  expect(job).toMatchObject({ status: 'error', error: { code: 'worker_lost' } });
  expect(await children()).toEqual([]);
});

const nonEmpty = (list: number[]) => (list.length > 0 ? list : undefined);

/** Child processes of this one that carry jobs. */
const children = () => childrenOf(process.pid);
