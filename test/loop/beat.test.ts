import { afterEach, expect, test, vi } from 'vitest';
import type { JobLogStore } from '../../core/contracts/job-log.js';
import type { BeatAnswer, ClaimedJob, JobStore } from '../../core/contracts/job-store.js';
import { Beat } from '../../core/loop/beat.js';
import { LogWriter } from '../../core/loop/log-writer.js';
import type { PausedTypes } from '../../core/loop/paused-types.js';
import { RunningJob } from '../../core/loop/running-job.js';
import { RunningJobs } from '../../core/loop/running-jobs.js';

const LEASE_MS = 900;
const silent = () => undefined;
const logger = { debug: silent, info: silent, warn: silent, error: silent };
const counts = { processed: 0, total: undefined, failed: 0, skipped: 0 };

afterEach(() => void vi.useRealTimers());

/** A beat over one running job, and a table that answers what the test says. */
function open(beatMs = 10_000) {
  const claimed = {
    number: 1,
    leaseVersion: 3,
    sliceSeq: 0,
    job: { progress: 0, message: undefined, counts },
  } as ClaimedJob;
  const job = new RunningJob(claimed, performance.now() + LEASE_MS, 1000);
  const running = new RunningJobs();
  running.add(job);
  const answer: BeatAnswer = { wasTold: true, number: 1, leaseVersion: 3, status: 'in_progress' };
  const table = { answers: new Map([[1, answer]]) };
  const tell = vi.fn<JobStore['beat']>(async () => table.answers);
  const beat = new Beat({
    logs: new LogWriter({ append: async () => undefined } as unknown as JobLogStore, logger),
    store: { beat: tell } as Partial<JobStore> as JobStore,
    running,
    paused: { look: async () => undefined } as Partial<PausedTypes> as PausedTypes,
    logger,
    beatMs,
    leaseMs: LEASE_MS,
  });
  return { beat, job, running, tell, table, answer };
}

test('a lease is renewed when a third of it is over, not at every beat', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { beat, tell } = open();
  const renewals = async () => {
    await beat.beat();
    return tell.mock.lastCall?.[0].map(({ renew }) => renew);
  };
  expect(await renewals()).toEqual([false]);
  vi.advanceTimersByTime(LEASE_MS / 3 + 1);
  expect(await renewals()).toEqual([true]);
  expect(await renewals()).toEqual([false]);
});

test('what has not moved is not told, and what was told is not told again', async () => {
  const { beat, job, tell } = open();
  job.sampler = () => ({ progress: 30, message: 'Reading', counts });
  await beat.beat();
  await beat.beat();
  expect(tell.mock.calls.map(([[told]]) => told?.moved?.progress)).toEqual([30, undefined]);
  expect(job.shown).toMatchObject({ progress: 30, message: 'Reading' });
});

test('a sample that was overtaken by a record is not taken for what is shown', async () => {
  const { beat, job, tell, table } = open();
  job.sampler = () => ({ progress: 30, message: undefined, counts });
  tell.mockImplementationOnce(async () => {
    job.recorded({ status: 'in_progress', offset: 1, progress: 40, counts, message: 'Recorded' } as Parameters<
      typeof job.recorded
    >[0]);
    return table.answers;
  });
  await beat.beat();
  expect(job.shown).toMatchObject({ progress: 40, message: 'Recorded' });
});

test.each([
  ['another token', { leaseVersion: 4 }, 'lease_lost'],
  ['cancelled', { leaseVersion: 4, status: 'cancelled' }, 'cancelled'],
] as const)('a job that the table has with %s is told to stop', async (_, changes, because) => {
  const { beat, job, table, answer } = open();
  table.answers.set(1, { ...answer, ...changes });
  await beat.beat();
  expect(job.stopped).toBe(because);
});

test('a job whose row is gone is told to stop', async () => {
  const { beat, job, table } = open();
  table.answers.clear();
  await beat.beat();
  expect(job.stopped).toBe('cancelled');
});

test('a job that was left while the beat was under way is not told anything', async () => {
  const { beat, job, running, tell } = open();
  tell.mockImplementationOnce(async () => {
    running.remove(job);
    return new Map();
  });
  await beat.beat();
  expect(job.stopped).toBeUndefined();
});

test.each([
  ['refuses', () => Promise.reject(new Error('gone away'))],
  ['never answers', () => new Promise<never>(() => undefined)],
])('a table that %s costs nothing until the lease is over', async (_, answer) => {
  vi.useFakeTimers();
  const { beat, job, tell } = open(10);
  tell.mockImplementation(answer);
  beat.start();
  await vi.advanceTimersByTimeAsync(LEASE_MS - 20);
  expect(job.stopped).toBeUndefined();
  await vi.advanceTimersByTimeAsync(40);
  expect(job.stopped).toBe('lease_lost');
  beat.stop();
});

test('a beat that was stopped and begun anew while one was under way does not overtake it', async () => {
  vi.useFakeTimers();
  const { beat, tell, table } = open(10);
  let answer: (answers: typeof table.answers) => void = silent;
  tell.mockImplementationOnce(
    () =>
      new Promise((settle) => {
        answer = settle;
      }),
  );
  beat.start();
  await vi.advanceTimersByTimeAsync(15);
  beat.stop();
  beat.start();
  await vi.advanceTimersByTimeAsync(50);
  expect(tell).toHaveBeenCalledTimes(1);
  answer(table.answers);
  await vi.advanceTimersByTimeAsync(10);
  expect(tell).toHaveBeenCalledTimes(2);
  beat.stop();
  expect(vi.getTimerCount()).toBe(0);
});
