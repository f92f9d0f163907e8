import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ClaimedJob, JobStore, Prefetched } from '../../core/contracts/job-store.js';
import type { PausedTypes } from '../../core/loop/paused-types.js';
import { Prefetch } from '../../core/loop/prefetch.js';
import type { RunningJob } from '../../core/loop/running-job.js';
import { RunningJobs } from '../../core/loop/running-jobs.js';

const LEASE_MS = 30_000;
const LIMIT = 5;
const silent = () => undefined;
const counts = { processed: 0, total: undefined, failed: 0, skipped: 0 };

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** A prefetch over a store that has always more; each claim gives as many as it is asked for. */
function open({ mayWait = new Set(['copy']) } = {}) {
  let claim = 0;
  let number = 0;
  const claimed = (): ClaimedJob =>
    ({
      number: ++number,
      leaseVersion: 1,
      sliceSeq: 0,
      job: { type: 'copy', progress: 0, message: undefined, counts },
    }) as ClaimedJob;
  const prefetch = vi.fn<JobStore['prefetch']>(async ({ limit }): Promise<Prefetched | undefined> => {
    const jobs = Array.from({ length: limit }, claimed);
    return { claim: ++claim, jobs, dueAt: new Map(jobs.map((job) => [job.number, `then ${job.number}`])) };
  });
  const begin = vi.fn<JobStore['begin']>(async () => true);
  const giveBack = vi.fn<JobStore['giveBack']>(async () => undefined);
  const warn = vi.fn();
  const running = new RunningJobs();
  const session = new AbortController();
  const paused = new Set<string>();
  const ahead = new Prefetch(
    {
      store: { prefetch, begin, giveBack } as Partial<JobStore> as JobStore,
      paused: paused as Pick<PausedTypes, 'has'> as PausedTypes,
      ...{ running, mayWait, limit: LIMIT, limits: new Map(), worker: 'host:1/a', leaseMs: LEASE_MS, graceMs: 1000 },
      logger: { debug: silent, info: silent, warn, error: silent },
    },
    session.signal,
  );
  const fill = () =>
    new Promise<ReadonlySet<string> | undefined>((resolve) => {
      ahead.fill(async () => ['copy'], resolve);
      if (!ahead.isFilling) resolve(undefined);
    });
  return { paused, ahead, fill, prefetch, begin, giveBack, warn, running, session };
}

const numbers = (jobs: Iterable<RunningJob>) => [...jobs].map((job) => job.number);
/** Numbers from … to. */
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test('nothing is held until more jobs begin in a moment than there are places, then as many as do', async () => {
  const { ahead, fill, prefetch } = open();
  ahead.began(LIMIT);
  await fill();
  vi.advanceTimersByTime(1000);
  ahead.began(LIMIT);
  await fill();
  expect(prefetch).not.toHaveBeenCalled();
  ahead.began(LIMIT);
  await fill();
  expect(prefetch.mock.calls.map(([{ limit }]) => limit)).toEqual([2 * LIMIT]);
  await ahead.next(LIMIT - 1);
  await fill();
  expect(prefetch, 'enough wait').toHaveBeenCalledTimes(1);
  await ahead.next(2);
  expect(await fill(), 'the types that it served').toEqual(new Set(['copy']));
  expect(prefetch.mock.lastCall?.[0].limit).toBe(LIMIT + 1);
});

test('one claim takes 500 at most, 1,000 wait, and of types that may not wait none', async () => {
  const { ahead, fill, prefetch } = open();
  ahead.began(5000);
  await fill();
  await fill();
  await fill();
  expect(prefetch.mock.calls.map(([{ limit }]) => limit)).toEqual([500, 500]);
  const none = open({ mayWait: new Set() });
  none.ahead.began(5000);
  await none.fill();
  expect(none.prefetch).not.toHaveBeenCalled();
});

test('what waits begins in its order, and the store knows how far before it does', async () => {
  const { ahead, fill, begin, running } = open();
  ahead.began(12);
  await fill();
  ahead.began(15);
  await fill();
  expect([running.free(LIMIT), running.size], 'waiting jobs have no places').toEqual([LIMIT, 27]);
  const first = await ahead.next(5);
  expect(numbers(first)).toEqual(range(1, 5));
  expect([running.free(LIMIT), first.some(({ isWaiting }) => isWaiting)]).toEqual([0, false]);
  expect(numbers(await ahead.next(9))).toEqual(range(6, 14));
  expect(begin.mock.calls).toEqual([
    ['host:1/a', { claim: 1, number: 5 }],
    ['host:1/a', { claim: 2, number: 14 }],
  ]);
  expect(await ahead.next(0)).toEqual([]);
  expect(await ahead.next(-1)).toEqual([]);
  expect(begin).toHaveBeenCalledTimes(2);
});

test.each([
  ['does not know this worker', async () => false],
  ['cannot be told', async () => Promise.reject(new Error('gone away'))],
])('where the store %s, all go back to where they stood, and no more is claimed for a while', async (_, answer) => {
  const { ahead, fill, begin, giveBack, prefetch, running } = open();
  ahead.began(12);
  await fill();
  begin.mockImplementationOnce(answer);
  expect(await ahead.next(2)).toEqual([]);
  const back = range(1, 12).map((number) => ({ claim: 1, number, dueAt: `then ${number}` }));
  expect(giveBack.mock.calls).toEqual([['host:1/a', back, LEASE_MS]]);
  expect([ahead.isEmpty, running.size]).toEqual([true, 0]);
  vi.advanceTimersByTime(4999);
  ahead.began(12);
  await fill();
  expect(prefetch).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(2);
  await fill();
  expect(prefetch).toHaveBeenCalledTimes(2);
});

test('one of a type that was paused meanwhile does not begin, and goes back', async () => {
  const { ahead, fill, giveBack, paused } = open();
  ahead.began(12);
  await fill();
  expect((await ahead.next(1)).map(({ stopped }) => stopped)).toEqual([undefined]);
  paused.add('copy');
  expect(await ahead.next(1)).toEqual([]);
  expect([giveBack.mock.calls[0]?.[1].length, ahead.isEmpty]).toEqual([11, true]);
});

test('the share of a job begins with its place', async () => {
  const { ahead, fill } = open();
  ahead.began(12);
  await fill();
  vi.advanceTimersByTime(500);
  const [job] = await ahead.next(1);
  expect(job?.shareSince).toBe(performance.now());
});

test('what has waited for a second goes back', async () => {
  const { ahead, fill, giveBack } = open();
  ahead.began(12);
  await fill();
  expect(ahead.patienceMs).toBe(1000);
  vi.advanceTimersByTime(999);
  await ahead.giveBackOld();
  expect([giveBack.mock.calls.length, ahead.patienceMs]).toEqual([0, 1]);
  vi.advanceTimersByTime(1);
  await ahead.giveBackOld();
  expect(giveBack.mock.calls[0]?.[1]).toHaveLength(12);
  expect(ahead.isEmpty).toBe(true);
});

test('one whose lease has ended while it waited does not begin', async () => {
  const { ahead, fill } = open();
  ahead.began(12);
  await fill();
  vi.advanceTimersByTime(LEASE_MS + 1);
  const [late] = await ahead.next(1);
  expect(late?.stopped).toBe('lease_lost');
});

test('a claim that fails, or finds nothing, is said or not, and rests for a moment', async () => {
  const { ahead, fill, prefetch, warn } = open();
  ahead.began(12);
  prefetch.mockRejectedValueOnce(new Error('gone away'));
  await fill();
  expect(warn.mock.calls.map(([fields]) => fields)).toEqual([{ error: 'gone away' }]);
  await fill();
  expect(prefetch).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(5001);
  ahead.began(12);
  prefetch.mockResolvedValueOnce(undefined);
  await fill();
  await fill();
  expect(prefetch).toHaveBeenCalledTimes(2);
  expect(warn).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(501);
  ahead.began(12);
  await fill();
  expect(ahead.isEmpty).toBe(false);
});

test('at the end all goes back, also what a claim under way brings; what cannot be given back is said', async () => {
  const { ahead, prefetch, giveBack, session, running, warn } = open();
  ahead.began(12);
  const send = prefetch.getMockImplementation() as JobStore['prefetch'];
  let answer: () => void = silent;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  prefetch.mockImplementation(async (request) => {
    await answered;
    return send(request);
  });
  giveBack.mockRejectedValueOnce(new Error('gone away'));
  ahead.fill(async () => ['copy'], silent);
  await vi.waitUntil(() => prefetch.mock.calls.length > 0);
  session.abort();
  const ended = ahead.end();
  answer();
  await ended;
  expect(giveBack.mock.calls[0]?.[1]).toHaveLength(12);
  expect([ahead.isEmpty, running.size]).toEqual([true, 0]);
  expect(warn).toHaveBeenCalledTimes(1);
});
