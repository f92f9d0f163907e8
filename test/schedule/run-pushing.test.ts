import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { JobEvents } from '../../core/contracts/job-events.js';
import type { PreparedJob } from '../../core/contracts/prepared-job.js';
import type { RegisteredSchedule } from '../../core/contracts/schedule.js';
import { Failures } from '../../core/schedule/failures.js';
import { Lanes } from '../../core/schedule/lanes.js';
import { RunPushing, type RunPushingParts } from '../../core/schedule/run-pushing.js';
import { newJob } from '../store/contract/samples.js';

const SCHEDULE = {
  ...{ key: 's', module: 'm', origin: 'o', cron: '* * * * *', timeZone: 'UTC', missed: 'latest', name: 'S' },
  ...{ jobKey: undefined, config: { cron: '* * * * *', type: 'report' } },
} as RegisteredSchedule;
const RUN = { time: Date.UTC(2026, 0, 1), isPushed: true };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp(prepare: () => Promise<PreparedJob>) {
  const store = { decide: vi.fn(async () => ({ outcome: 'pushed', number: 1 })), noteError: vi.fn(async () => {}) };
  const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const parts = { store, logger, events: new JobEvents(), keepDays: 0, pushing: { prepare, push: vi.fn() } };
  const runs = new RunPushing(parts as unknown as RunPushingParts, new Failures());
  return { store, carry: (ends = new AbortController().signal) => runs.carry(SCHEDULE, [RUN], ends) };
}

test('a preparation that comes after a minute pushes nothing, and nothing is left of it', async () => {
  const forget = vi.fn(async () => undefined);
  const late = new Promise<PreparedJob>((resolve) => setTimeout(() => resolve({ job: newJob(), forget }), 61_000));
  const { store, carry } = setUp(() => late);
  const carried = carry();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await carried).toBe(false);
  expect(store.noteError).toHaveBeenCalledWith('s', '2026-01-01T00:00:00.000Z', 'It did not come within 60 s.');
  expect(forget).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1000);
  expect(forget).toHaveBeenCalledTimes(1);
  expect(store.decide).not.toHaveBeenCalled();
});

test('a stop that comes while a job is prepared lets it go', async () => {
  const stop = new AbortController();
  const forget = vi.fn(async () => undefined);
  const { store, carry } = setUp(async () => {
    stop.abort();
    return { job: newJob(), forget };
  });
  expect(await carry(stop.signal)).toBe(true);
  expect(forget).toHaveBeenCalledTimes(1);
  expect(store.decide).not.toHaveBeenCalled();
});

test('an error that cannot be noted either lets the schedule rest', async () => {
  const failures = new Failures();
  const store = { decide: vi.fn(() => Promise.reject(new Error('away'))), noteError: vi.fn() };
  const parts = { store, logger: { info: vi.fn(), error: vi.fn() }, events: new JobEvents(), keepDays: 0, pushing: {} };
  const runs = new RunPushing(parts as unknown as RunPushingParts, failures);
  store.noteError.mockRejectedValue(new Error('away'));
  expect(await runs.carry(SCHEDULE, [{ ...RUN, isPushed: false }], new AbortController().signal)).toBe(false);
  expect(failures.untilNext).toBeGreaterThan(1000);
});

test('four pieces of work run at once, the others in their order; one that fails frees its lane', async () => {
  const lanes = new Lanes(4);
  const begun: number[] = [];
  const ends: ((failure?: Error) => void)[] = [];
  const all = Array.from({ length: 6 }, (_, index) =>
    lanes.run(() => {
      begun.push(index);
      return new Promise<number>((resolve, reject) =>
        ends.push((failure) => (failure ? reject(failure) : resolve(index))),
      );
    }),
  );
  const outcomes = Promise.allSettled(all);
  expect(begun).toEqual([0, 1, 2, 3]);
  ends[2]?.(new Error('It failed.'));
  await vi.advanceTimersByTimeAsync(0);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
  for (let index = 0; index < 6; index++) {
    ends[index]?.();
    await vi.advanceTimersByTimeAsync(0);
  }
  expect((await outcomes).map(({ status }) => status)).toEqual(
    all.map((_, index) => (index === 2 ? 'rejected' : 'fulfilled')),
  );
});
