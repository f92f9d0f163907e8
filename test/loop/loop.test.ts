import { setImmediate as giveWay } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { WakeableSleep } from '../../core/loop/wakeable-sleep.js';
import { door } from '../fixtures/scripted/door.js';
import { openScripted, script } from '../fixtures/scripted/open-scripted.js';
import { until } from '../support/until.js';

afterEach(() => void vi.restoreAllMocks());

describe('claiming', () => {
  test('slices run side by side, up to the limit', async () => {
    await using scripted = await openScripted({ limit: 3 });
    const { waiting, pass, open } = door();
    script.slice = async (service, job) => {
      await pass(job.number);
      service.setStatus('success');
      return true;
    };
    const jobs = await Promise.all(Array.from({ length: 5 }, () => scripted.push()));
    await scripted.app.start();
    await until('three slices', () => waiting.size === 3);
    const begun = (await scripted.manager.find({ status: ['in_progress'] })).total;
    expect(begun, 'jobs that were claimed').toBe(3);
    open();
    await scripted.manager.wait(jobs, { timeout: 5000 });
  });

  test('a local push wakes a loop that sleeps', async () => {
    await using scripted = await openScripted({ intervalMs: 10_000 });
    const claim = vi.spyOn(scripted.app.container.get('jobStore'), 'claim');
    await scripted.app.start();
    await until('the first look', () => claim.mock.settledResults[0]);
    const pushedAt = performance.now();
    await scripted.manager.wait(await scripted.push(), { timeout: 5000 });
    expect(performance.now() - pushedAt).toBeLessThan(500);
  });

  test('looks come at most an interval after one another, and not in step with those of other workers', async () => {
    await using scripted = await openScripted({ intervalMs: 100 });
    const pauses: number[] = [];
    vi.spyOn(WakeableSleep.prototype, 'sleep').mockImplementation(async (milliseconds) => {
      pauses.push(milliseconds);
      await giveWay();
    });
    await scripted.app.start();
    await until('looks', () => pauses.length >= 50);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(80);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(100);
    expect(Math.max(...pauses) - Math.min(...pauses)).toBeGreaterThan(5);
  });

  test('two ticks at once run each job once', async () => {
    await using scripted = await openScripted({ limit: 20 });
    const runs = new Map<number, number>();
    script.slice = (service, job) => {
      runs.set(job.number, (runs.get(job.number) ?? 0) + 1);
      service.setStatus('success');
      return true;
    };
    const jobs = await Promise.all(Array.from({ length: 10 }, () => scripted.push()));
    await Promise.all([scripted.loop.tick(), scripted.loop.tick(), scripted.loop.tick()]);
    expect([...runs]).toEqual(expect.arrayContaining(jobs.map((number) => [number, 1])));
    expect(runs.size).toBe(10);
  });

  test('a look that fails is tried again, and says so', async () => {
    await using scripted = await openScripted({ intervalMs: 10 });
    const claim = vi.spyOn(scripted.app.container.get('jobStore'), 'claim');
    claim.mockRejectedValueOnce(new Error('gone away')).mockRejectedValueOnce(new Error('gone away'));
    const number = await scripted.push();
    await scripted.app.start();
    expect(await scripted.manager.wait(number, { timeout: 5000 })).toMatchObject({ status: 'success' });
    const told = scripted.logged.filter(({ level }) => level === 'error');
    expect(told).toMatchObject([{ fields: { error: 'gone away', failures: 1 } }, { fields: { failures: 2 } }]);
  });

  test('a table that is away for a while ends nothing', async () => {
    await using scripted = await openScripted({ intervalMs: 10 });
    const number = await scripted.push();
    await scripted.knex.schema.renameTable('progress_manager', 'elsewhere');
    await scripted.app.start();
    await until('three failures', () => scripted.logged.filter(({ level }) => level === 'error').length >= 3);
    await scripted.knex.schema.renameTable('elsewhere', 'progress_manager');
    expect(await scripted.manager.wait(number, { timeout: 5000 })).toMatchObject({ status: 'success' });
  });

  test('a record that fails gives the job back, and it goes on from the last recorded slice', async () => {
    await using scripted = await openScripted();
    vi.spyOn(scripted.app.container.get('jobStore'), 'record').mockRejectedValueOnce(new Error('gone away'));
    const number = await scripted.push();
    expect(await scripted.carried(number)).toMatchObject({ status: 'in_progress', offset: 0, worker: undefined });
    // It waits a second, so that a job that nobody can record does not spin.
    expect(await scripted.app.container.get('loop').tick()).toBe(0);
    await scripted.app.container
      .get('knex')('progress_manager')
      .where({ number })
      .update({ due_at: '2000-01-01 00:00:00.000' });
    expect(await scripted.carried(number)).toMatchObject({ offset: 1, attempt: 1 });
  });

  test('a run function whose end could not be recorded is not run twice', async () => {
    await using scripted = await openScripted();
    vi.spyOn(scripted.app.container.get('jobStore'), 'record').mockRejectedValueOnce(new Error('gone away'));
    const number = await scripted.push('scripted_run');
    expect(await scripted.carried(number)).toMatchObject({ status: 'error', error: { code: 'worker_lost' } });
  });
});

describe('fairness', () => {
  test.each([1, 2])('%i jobs of a thousand short slices let timers and requests through', async (jobs) => {
    await using scripted = await openScripted({ sliceMs: 0 });
    let slices = 0;
    script.slice = (service, job) => {
      slices++;
      service.advance(job.offset + 1, 1000);
      return true;
    };
    const numbers = await Promise.all(Array.from({ length: jobs }, () => scripted.push()));
    await scripted.app.start();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await Promise.all(numbers.map((number) => scripted.manager.cancel(number)));
    expect(slices).toBeLessThan(1000);
  });

  test.each(['other', 'scripted'])('ten endless jobs do not hold up a new one of the type %s', async (type) => {
    const [limit, sliceMs, intervalMs] = [2, 400, 100];
    await using scripted = await openScripted({ limit, sliceMs, intervalMs });
    const slices = new Map<number, number>();
    let startedAt = Number.POSITIVE_INFINITY;
    script.slice = async (service, job) => {
      slices.set(job.number, (slices.get(job.number) ?? 0) + 1);
      if (job.name === 'the new one') startedAt = Math.min(startedAt, performance.now());
      await new Promise((resolve) => setTimeout(resolve, 10));
      service.setOffset(job.offset + 1);
      if (job.name === 'the new one') service.setStatus('success');
      return true;
    };
    await Promise.all(Array.from({ length: 10 }, () => scripted.push()));
    await scripted.app.start();
    await until('endless work', () => slices.size >= limit);
    const pushedAt = performance.now();
    const number = await scripted.push(type, { name: 'the new one' });
    await scripted.manager.wait(number, { timeout: 10_000 });
    // One of the same type stands behind those that came before it, but in their line, not behind their ends.
    if (type === 'other') expect(startedAt - pushedAt).toBeLessThan(2 * sliceMs + intervalMs);
    await until('a slice for each', () => slices.size === 11);
  });
});

test('while the last slice of a job is recorded the next job begins, and no job after that', async () => {
  await using scripted = await openScripted({ limit: 1 });
  const store = scripted.app.container.get('jobStore');
  const record = store.record.bind(store);
  const { open, pass, waiting } = door();
  vi.spyOn(store, 'record').mockImplementation(async (...slice) => {
    await pass(slice[0].number);
    return record(...slice);
  });
  const begun: number[] = [];
  script.slice = (service, job) => {
    begun.push(job.number);
    service.setStatus('success');
    return true;
  };
  const [first, second, third] = await Promise.all(Array.from({ length: 3 }, () => scripted.push()));
  await scripted.app.start();
  await until('both to be recorded', () => waiting.size === 2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(begun).toEqual([first, second]);
  open();
  await until('the third', async () => (await scripted.job(third as number)).status === 'success');
});
