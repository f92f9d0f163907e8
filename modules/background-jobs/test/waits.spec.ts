import { afterEach, describe, expect, test, vi } from 'vitest';
import { until } from '../../../test/support/until.js';
import { BackgroundJobsFailedError, BackgroundJobsTimeoutError, checkInterval } from '../services/job-waits.js';
import { gated, openJobs, thrownBy } from './open-jobs.js';

const quick = { run: () => undefined };
const failing = { run: () => Promise.reject(new Error('the disk is full')) };

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** How long it took, ms. */
async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

describe('a wait for completion', () => {
  test('gives up after its seconds, and the job goes on', async () => {
    const slow = gated();
    await using test = await openJobs({ 'Test.slow': { run: slow.run } });
    const job = await test.backgroundJobs.execute('Test.slow', [], 'K', 'A slow one');
    await until('it runs', () => slow.runs === 1);
    let error: unknown;
    const took = await timed(async () => {
      error = await thrownBy(test.backgroundJobs.waitForCompletion([job], 1));
    });
    expect(took).toBeGreaterThanOrEqual(990);
    expect(took).toBeLessThan(2000);
    expect(error).toBeInstanceOf(BackgroundJobsTimeoutError);
    const now = await job.refresh();
    expect(error).toMatchObject({
      message: `Timeout expires for job: start date: ${now.Begin.toISOString()} method: Test.slow description: A slow one key: K`,
      jobs: [{ UUID: job.UUID, State: 'Active' }],
    });
    expect(now.State).toBe('Active');
    slow.isOpen = true;
    await job.waitForCompletion(10);
    expect((await job.refresh()).State).toBe('Completed');
  });

  test('throws what has failed, with its text', async () => {
    await using test = await openJobs({ 'Test.quick': quick, 'Test.fail': failing });
    const { backgroundJobs } = test;
    const jobs = [await backgroundJobs.execute('Test.quick'), await backgroundJobs.execute('Test.fail')];
    const error = await thrownBy(backgroundJobs.waitForCompletion(jobs));
    expect(error).toBeInstanceOf(BackgroundJobsFailedError);
    const { message, jobs: failed } = error as BackgroundJobsFailedError;
    expect(message).toMatch(/^Одно или несколько фоновых заданий завершились с ошибкой\./);
    expect(failed).toMatchObject([{ UUID: jobs[1]?.UUID, State: 'Failed', Состояние: 'ЗавершеноАварийно' }]);
    expect(failed[0]?.ErrorInfo?.Description).toContain('the disk is full');
    expect(failed[0]?.ИнформацияОбОшибке?.Описание).toContain('the disk is full');
    expect(failed[0]?.End).toBeInstanceOf(Date);
    await expect(jobs[1]?.waitForCompletion()).rejects.toThrow(
      /^Фоновое задание завершились с ошибкой\..*disk is full/,
    );
  });

  test('ends at the first failure, though others go on', async () => {
    vi.stubEnv('JOBS_CHECK_INTERVAL', '50');
    const slow = gated();
    const bad = gated();
    const run = async (...words: Parameters<typeof bad.run>) => {
      await bad.run(...words);
      throw new Error('late');
    };
    await using test = await openJobs({ 'Test.slow': { run: slow.run }, 'Test.bad': { run } });
    const { backgroundJobs } = test;
    expect(backgroundJobs.jobsCheckInterval).toBe(50);
    const jobs = [await backgroundJobs.execute('Test.slow'), await backgroundJobs.execute('Test.bad')];
    const waiting = thrownBy(backgroundJobs.waitForCompletion(jobs, 15));
    await until('both run', () => slow.runs + bad.runs === 2);
    bad.isOpen = true;
    expect(await waiting).toMatchObject({ code: 'background_jobs_failed', jobs: [{ MethodName: 'Test.bad' }] });
    expect((await backgroundJobs.refresh(jobs)).map(({ State }) => State)).toEqual(['Active', 'Failed']);
  });

  test('throws at once what has failed before, and looks no more when it is over', async () => {
    vi.stubEnv('JOBS_CHECK_INTERVAL', '999999999');
    await using test = await openJobs({ 'Test.slow': { run: gated().run }, 'Test.fail': failing });
    const { backgroundJobs } = test;
    const failed = await backgroundJobs.execute('Test.fail');
    await failed.waitForExecutionCompletion(10);
    const slow = await backgroundJobs.execute('Test.slow');
    const [begun, ended] = [vi.spyOn(globalThis, 'setInterval'), vi.spyOn(globalThis, 'clearInterval')];
    expect(await thrownBy(backgroundJobs.waitForCompletion([slow, failed]))).toMatchObject({
      jobs: [{ State: 'Failed' }],
    });
    expect(await thrownBy(slow.waitForCompletion(0))).toBeInstanceOf(BackgroundJobsTimeoutError);
    const looks = begun.mock.results.filter((_, call) => begun.mock.calls[call]?.[1] === 999_999_999);
    expect(looks).toHaveLength(2);
    for (const { value } of looks) expect(ended).toHaveBeenCalledWith(value);
  });

  test('for jobs that have ended returns at once', async () => {
    await using test = await openJobs({ 'Test.quick': quick, 'Test.slow': { run: gated().run } });
    const { backgroundJobs } = test;
    const done = await backgroundJobs.execute('Test.quick');
    await done.waitForCompletion();
    const cancelled = await (await backgroundJobs.execute('Test.slow')).cancel();
    const took = await timed(() => backgroundJobs.waitForCompletion([done, cancelled]));
    expect(took).toBeLessThan(backgroundJobs.jobsCheckInterval);
    await backgroundJobs.waitForCompletion([]);
  });

  test('does not take a cancelled job for a failed one', async () => {
    await using test = await openJobs({ 'Test.slow': { run: gated().run } });
    const job = await test.backgroundJobs.execute('Test.slow');
    const waiting = job.waitForCompletion(10);
    await job.cancel();
    expect(await waiting).toBeUndefined();
  });

  test('that looks while the database is away goes on', async () => {
    vi.stubEnv('JOBS_CHECK_INTERVAL', '10');
    const slow = gated();
    await using test = await openJobs({ 'Test.slow': { run: slow.run } });
    const job = await test.backgroundJobs.execute('Test.slow');
    await until('it runs', () => slow.runs === 1);
    const waiting = job.waitForCompletion(10);
    const { progressManager } = test;
    const get = progressManager.get.bind(progressManager);
    await new Promise((resolve) => setImmediate(resolve));
    let looks = 0;
    progressManager.get = () => {
      looks++;
      return Promise.reject(new Error('The database is away.'));
    };
    await until('it has looked in vain', () => looks > 2);
    progressManager.get = get;
    slow.isOpen = true;
    expect(await waiting).toBeUndefined();
  });

  test('does not look again before its last look has been answered', async () => {
    vi.stubEnv('JOBS_CHECK_INTERVAL', '999999999');
    const slow = gated();
    await using test = await openJobs({ 'Test.slow': { run: slow.run } });
    const { backgroundJobs, progressManager } = test;
    const job = await backgroundJobs.execute('Test.slow');
    const begun = vi.spyOn(globalThis, 'setInterval');
    const get = progressManager.get.bind(progressManager);
    let answer = () => {};
    const read = vi.spyOn(progressManager, 'get');
    const waiting = job.waitForCompletion(10);
    const isItsOwn = (words: readonly unknown[]) => words[1] === backgroundJobs.jobsCheckInterval;
    const tick = await until('it looks', () => begun.mock.calls.find(isItsOwn)?.[0]);
    await until('it waits', () => read.mock.calls.length > 1);

    const slowly: typeof get = async (...words) => {
      await new Promise((resolve) => {
        answer = () => resolve(undefined);
      });
      return get(...words);
    };
    read.mockClear().mockImplementation(slowly);
    for (let look = 0; look < 5; look++) tick();
    expect(read).toHaveBeenCalledTimes(1);
    answer();
    await until('it looks again', () => {
      tick();
      return read.mock.calls.length === 2;
    });
    answer();
    read.mockImplementation(get);
    slow.isOpen = true;
    expect(await waiting).toBeUndefined();
  });

  test('that the application cuts short says so', async () => {
    await using test = await openJobs({ 'Test.slow': { run: gated().run } });
    const job = await test.backgroundJobs.execute('Test.slow');
    vi.spyOn(test.progressManager, 'wait').mockRejectedValue(new Error('The application was stopped.'));
    await expect(job.waitForCompletion()).rejects.toThrow('The application was stopped.');
    await expect(job.waitForExecutionCompletion()).rejects.toThrow('The application was stopped.');
  });

  test('says what it cannot wait for', async () => {
    await using test = await openJobs({ 'Test.quick': quick }, {}, false);
    const { backgroundJobs } = test;
    const job = await backgroundJobs.execute('Test.quick');
    const wait = (...words: unknown[]) => backgroundJobs.waitForCompletion(...(words as [[]]));
    await expect(wait(job)).rejects.toThrow('jobs: must be a list of background jobs.');
    for (const timeout of [-1, Number.NaN, 3_000_000, Infinity, 'soon', '1', '', null, [], 1n, Symbol('1'), true]) {
      await expect(wait([job], timeout)).rejects.toThrow('timeout: must be 0 to 2147483 seconds');
      const waiting = job.waitForExecutionCompletion(timeout as number);
      await expect(waiting).rejects.toThrow('timeout: must be 0 to 2147483 seconds');
    }
    await expect(wait([{ UUID: '01890000-0000-7000-8000-000000000000' }])).rejects.toMatchObject({
      code: 'job_not_found',
    });
    for (const none of [job.UUID, undefined, null, 5])
      await expect(wait([job, none])).rejects.toThrow('jobs: must be background jobs, each with its "UUID".');
    await expect(wait([{}])).rejects.toMatchObject({ code: 'job_not_found' });
  });
});

describe('a wait for the end of an execution', () => {
  test('gives the job as it is then, and throws neither a failure nor a timeout', async () => {
    const slow = gated();
    await using test = await openJobs({ 'Test.slow': { run: slow.run }, 'Test.fail': failing });
    const { backgroundJobs } = test;
    const failed = await (await backgroundJobs.execute('Test.fail')).waitForExecutionCompletion(10);
    expect(failed).toMatchObject({ State: 'Failed', ErrorInfo: { Code: 'failed' } });
    const job = await backgroundJobs.execute('Test.slow');
    expect((await job.waitForExecutionCompletion(0.05)).State).toBe('Active');
    slow.isOpen = true;
    expect((await job.waitForExecutionCompletion(10)).State).toBe('Completed');
    expect(job.State).toBe('Active');
  });
});

test.each([
  ['5000', 5000],
  ['1', 1],
  ['abc', 1000],
  ['', 1000],
  ['0', 1000],
  ['-5', 1000],
  ['1.5', 1000],
  ['99999999999', 1000],
  [undefined, 1000],
])('of JOBS_CHECK_INTERVAL=%s an interval of %i ms is made', async (text, interval) => {
  vi.stubEnv('JOBS_CHECK_INTERVAL', text);
  expect(checkInterval(text)).toBe(interval);
  await using test = await openJobs({ 'Test.quick': quick }, {}, false);
  expect(test.backgroundJobs.jobsCheckInterval).toBe(interval);
  expect(test.backgroundJobs.as({ id: 'ann', isAdmin: false }).jobsCheckInterval).toBe(interval);
});
