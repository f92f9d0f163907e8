import { setTimeout as sleep } from 'node:timers/promises';
import { ActionNotOfferedError, type JobContext } from 'progress-manager';
import { describe, expect, test } from 'vitest';
import { until } from '../../../test/support/until.js';
import { gated, openJobs } from './open-jobs.js';

const quick = { run: () => undefined };

describe('cancel', () => {
  test('stops a job that heeds its signal: Canceled at once, with an end, and nothing more is done', async () => {
    const seen = { rounds: 0, isOver: false };
    const run = async (_job: unknown, { signal }: JobContext) => {
      try {
        for (const end = Date.now() + 60_000; Date.now() < end; seen.rounds++) await sleep(5, undefined, { signal });
      } finally {
        seen.isOver = true;
      }
    };
    await using test = await openJobs({ 'Test.loop': { run } });
    const job = await test.backgroundJobs.execute('Test.loop', [], 'K');
    await until('it runs', () => seen.rounds > 2);
    const begin = performance.now();
    const cancelled = await job.cancel();
    expect(cancelled).toMatchObject({ State: 'Canceled', Состояние: 'Отменено', End: expect.any(Date) });
    expect(cancelled.ErrorInfo).toBeUndefined();
    await until('its work stops', () => seen.isOver);
    expect(performance.now() - begin).toBeLessThan(2000);
    expect((await job.waitForExecutionCompletion()).State).toBe('Canceled');
    for (const State of ['Canceled', 'Cancelled', 'Отменено'])
      expect(await test.backgroundJobs.getBackgroundJobs({ State })).toMatchObject([{ UUID: job.UUID }]);
    expect((await test.backgroundJobs.execute('Test.loop', [], 'K')).State).toBe('Active');
  });

  test('of a job that has not begun is final', async () => {
    const slow = gated();
    await using test = await openJobs({ 'Test.slow': { run: slow.run } }, {}, false);
    const job = await test.backgroundJobs.execute('Test.slow');
    expect((await job.cancel()).State).toBe('Canceled');
    await test.app.start();
    await test.app.container.get('loop').tick();
    expect([(await job.refresh()).State, slow.runs]).toEqual(['Canceled', 0]);
  });

  test('of a job that has ended changes nothing', async () => {
    const run = () => Promise.reject(new Error('no'));
    await using test = await openJobs({ 'Test.quick': quick, 'Test.fail': { run } });
    const done = await test.backgroundJobs.execute('Test.quick');
    const failed = await test.backgroundJobs.execute('Test.fail');
    for (const [job, state] of [
      [done, 'Completed'],
      [failed, 'Failed'],
    ] as const) {
      const { job: before } = await job.waitForExecutionCompletion();
      const { State, job: after } = await job.cancel();
      expect([State, after]).toEqual([state, before]);
    }
  });

  test('of a job that is gone, or that a hook keeps, says so', async () => {
    await using test = await openJobs({ 'Test.quick': quick, 'Test.slow': { run: gated().run } });
    const { backgroundJobs, progressManager } = test;
    const job = await backgroundJobs.execute('Test.quick');
    await job.waitForCompletion();
    await progressManager.remove(job.UUID);
    await expect(job.cancel()).rejects.toMatchObject({ code: 'job_not_found' });
    const kept = await backgroundJobs.execute('Test.slow');
    progressManager.cancel = () => Promise.reject(new Error('The hook says no.'));
    await expect(kept.cancel()).rejects.toThrow('The hook says no.');
    progressManager.cancel = () => Promise.reject(new ActionNotOfferedError('cancel', 'in_progress', []));
    await expect(kept.cancel()).rejects.toMatchObject({ code: 'action_not_offered' });
  });
});

test('messages are given in order, again and again, or once', async () => {
  const gate = gated();
  const run = async (job: unknown, context: JobContext) => {
    for (const text of ['a', 'b', 'c']) context.tell(text);
    await gate.run(job, context);
    context.tell('d');
  };
  await using test = await openJobs({ 'Test.tell': { run } });
  const job = await test.backgroundJobs.execute('Test.tell');
  expect(await job.getUserMessages()).toEqual([]);
  await until('it has told', async () => (await job.getUserMessages(false)).length === 3);
  expect((await job.refresh()).State).toBe('Active');
  expect(await job.getUserMessages(false)).toEqual(['a', 'b', 'c']);
  expect(await job.getUserMessages(false)).toEqual(['a', 'b', 'c']);
  expect(await job.ПолучитьСообщенияПользователю(true)).toEqual(['a', 'b', 'c']);
  expect(await job.getUserMessages(true)).toEqual([]);
  gate.isOpen = true;
  await job.waitForCompletion(10);
  expect(await job.getUserMessages(false)).toEqual(['d']);
});

describe('a job', () => {
  test('is a snapshot, and its refresh a newer one', async () => {
    const slow = gated();
    await using test = await openJobs({ 'Test.slow': { run: slow.run } });
    const job = await test.backgroundJobs.execute('Test.slow');
    slow.isOpen = true;
    await job.waitForCompletion(10);
    expect([job.State, job.End]).toEqual(['Active', undefined]);
    const now = await job.refresh();
    expect([now.State, now.UUID]).toEqual(['Completed', job.UUID]);
  });

  test('that rests or was paused is active, and has no error while it is tried again', async () => {
    const retry = { attempts: 2, backoff: { firstMs: 60_000, mostMs: 60_000 } };
    const run = () => Promise.reject(new Error('not yet'));
    await using test = await openJobs({ 'Test.again': { run, retry }, 'Test.slow': { run: gated().run } });
    const { backgroundJobs, progressManager } = test;
    const again = await backgroundJobs.execute('Test.again');
    await until('it has thrown', async () => (await again.refresh()).job.error !== undefined);
    expect(await again.refresh()).toMatchObject({ State: 'Active', End: undefined, ErrorInfo: undefined });
    const paused = await backgroundJobs.execute('Test.slow');
    await progressManager.pause(paused.UUID);
    expect((await paused.refresh()).State).toBe('Active');
    expect(await backgroundJobs.getBackgroundJobs({ State: 'Active' })).toHaveLength(2);
  });

  test('that failed without a text has error info all the same', async () => {
    class Silent {
      executeProgressJob() {
        return true;
      }
      getProgress() {
        return 0;
      }
      getStatus() {
        return 'error';
      }
    }
    await using test = await openJobs({ 'Test.silent': { service: Silent as never } });
    const job = await (await test.backgroundJobs.execute('Test.silent')).waitForExecutionCompletion(10);
    expect(job).toMatchObject({ State: 'Failed', ErrorInfo: { Code: expect.stringMatching(/./) } });
    expect(job.ErrorInfo?.Description).not.toBe('');
  });

  test('that failed says what 1C says of a place that is not known', async () => {
    const run = () => Promise.reject(new Error('no'));
    await using test = await openJobs({ 'Test.fail': { run } });
    const { ErrorInfo } = await (await test.backgroundJobs.execute('Test.fail')).waitForExecutionCompletion(10);
    expect(ErrorInfo).toEqual({
      ...{ Description: 'no', Описание: 'no', Code: 'failed' },
      ...{ ModuleName: '', ИмяМодуля: '', LineNumber: 0, НомерСтроки: 0, SourceLine: '', ИсходнаяСтрока: '' },
    });
  });

  test('begins when a worker begins it, and until then when it was pushed', async () => {
    await using test = await openJobs({ 'Test.quick': quick }, {}, false);
    const job = await test.backgroundJobs.execute('Test.quick');
    expect(job.Begin).toEqual(new Date(job.job.createdAt));
    const started_at = '2090-01-01 00:00:00.000';
    await test.knex('progress_manager').update({ status: 'in_progress', started_at });
    expect((await job.refresh()).Begin).toEqual(new Date('2090-01-01T00:00:00Z'));
  });

  test('of a row in which another program left out what it could has an end and error info', async () => {
    await using test = await openJobs({ 'Test.quick': quick }, {}, false);
    const job = await test.backgroundJobs.execute('Test.quick');
    const modified_at = '2026-01-01 00:00:00.000';
    await test.knex('progress_manager').update({ status: 'error', finished_at: null, error: null, modified_at });
    expect(await job.refresh()).toMatchObject({
      End: new Date('2026-01-01T00:00:00Z'),
      ErrorInfo: { Description: 'No reason was kept.', Code: 'failed' },
    });
  });

  test('shows its progress and its result', async () => {
    const run = async (_job: unknown, context: JobContext) => {
      context.report(40, 'well on its way');
      await context.signal.aborted;
      return { rows: 7 };
    };
    await using test = await openJobs({ 'Test.result': { run } });
    const job = await (await test.backgroundJobs.execute('Test.result')).waitForExecutionCompletion(10);
    expect(job.job).toMatchObject({ progress: 100, result: { rows: 7 } });
  });

  test('that another way pushed is a background job like any other', async () => {
    await using test = await openJobs({ 'Test.quick': quick }, {}, false);
    const { id } = await test.progressManager.push('From elsewhere', 'Test.quick', { any: 'data' }, { key: 'K' });
    expect(await test.backgroundJobs.findByUUID(id)).toMatchObject({ Description: 'From elsewhere', Key: 'K' });
    await expect(test.backgroundJobs.execute('Test.quick', [], 'K')).rejects.toMatchObject({ code: 'key_busy' });
  });
});
