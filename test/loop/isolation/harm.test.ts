import type { Job } from 'progress-manager';
import { describe, expect, test } from 'vitest';
import { until } from '../../support/until.js';
import { isAlive, openWild } from './open-wild.js';

describe('a job that does harm in its child process', () => {
  test.each([
    ['exit', /ended with exit code 3/],
    ['abort', /SIGABRT/],
    ['segfault', /SIGSEGV/],
    ['kill', /SIGKILL/],
    ['fill the heap', /heap is full/],
    ['fill buffers', /more than its type's memoryMb of 64/],
    ['send nothing', /sent a message that is none of ours/],
    ['send a line that no log takes', /sent a message that is none of ours/],
    ['send a message that no row takes', /sent a message that is none of ours/],
    ['send a progress that no row takes', /sent a message that is none of ours/],
    ['send the end of another job', /sent a message that is none of ours/],
  ] as const)('%s: ends in error at its third death, and keeps what was recorded', async (harm, how) => {
    await using wild = await openWild();
    await wild.app.start();
    const innocent = await wild.push('wild', { slices: 50, sliceMs: 20 });
    const job = await wild.ended(await wild.push('caged', { slices: 5, at: 2, harm }));
    expect(job).toMatchObject({ status: 'error', offset: 2, error: { code: 'worker_lost' } });
    expect(job.error?.message).toMatch(how);
    const begun = await wild.begun(job.number);
    expect(begun.map(({ offset }) => offset)).toEqual([0, 1, 2, 2, 2]);
    expect(new Set(begun.map(({ pid }) => pid)).size).toBe(3);
    expect(await wild.row(job.id)).toMatchObject({ child_deaths: 3, crash_count: 0, lease_owner: null });
    expect(await wild.ended(innocent)).toMatchObject({ status: 'success', offset: 50 });
  });

  test('block: is killed when its event loop is silent for a lease', async () => {
    await using wild = await openWild({ leaseMs: 2000 });
    await wild.app.start();
    const job = await wild.ended(await wild.push('caged', { slices: 5, at: 1, harm: 'block' }));
    expect(job.error).toMatchObject({
      code: 'worker_lost',
      message: expect.stringContaining('blocked its event loop'),
    });
    expect(await wild.begun(job.number)).toHaveLength(4);
  });

  test('stop hearing: is killed, although it still speaks', async () => {
    await using wild = await openWild({ leaseMs: 2000 });
    await wild.app.start();
    const job = await wild.ended(await wild.push('caged', { slices: 5, at: 1, harm: 'stop hearing' }));
    expect(job.error).toMatchObject({
      code: 'worker_lost',
      message: expect.stringContaining('did not hear its worker'),
    });
  });

  test.each([
    ['throw in a timer', 'thrown in a timer'],
    ['reject unheard', 'rejected unheard'],
    ['overflow the stack', 'Maximum call stack size exceeded'],
  ] as const)('%s: is an error of its slice, as anywhere', async (harm, message) => {
    await using wild = await openWild();
    await wild.app.start();
    const job = await wild.ended(await wild.push('caged', { slices: 5, at: 2, harm }));
    expect(job).toMatchObject({ status: 'error', offset: 2, error: { code: 'failed', message } });
    expect(await wild.row(job.id)).toMatchObject({ child_deaths: 0 });
  });

  test('a cancel that a child only says harms no other job', async () => {
    await using wild = await openWild();
    await wild.app.start();
    const innocent = await wild.push('caged', { slices: 40, sliceMs: 100 });
    await until('its first slice', async () => (await wild.row(innocent)).slice_seq !== 0);
    await wild.ended(await wild.push('caged', { slices: 1, at: 0, harm: 'send cancels of other jobs' }));
    const job = await wild.ended(innocent);
    expect(job).toMatchObject({ status: 'success', attempt: 1 });
    const { tokenStep } = wild.app.container.get('jobStore');
    expect(await wild.row(innocent)).toMatchObject({ crash_count: 0, lease_version: tokenStep });
    expect(await wild.begun(job.number)).toHaveLength(40);
  });

  test('ends at its first death when its type cannot resume', async () => {
    await using wild = await openWild();
    await wild.app.start();
    const job = await wild.ended(await wild.push('one-shot', { slices: 5, at: 2, harm: 'exit' }));
    expect(job.error).toMatchObject({ code: 'worker_lost', message: expect.stringContaining('cannot resume') });
    expect(await wild.begun(job.number)).toHaveLength(3);
  });

  test('has all its tries again after a retry', async () => {
    await using wild = await openWild();
    await wild.app.start();
    const id = await wild.push('caged', { slices: 3, at: 1, harm: 'exit' });
    const { number } = await wild.ended(id);
    await wild.manager.retry(id);
    await wild.ended(id);
    expect((await wild.begun(number)).map(({ offset }) => offset)).toEqual([0, 1, 1, 1, 1, 1, 1]);
  });
});

test('a slice that runs longer than its type allows is told so, killed, and counts as one that threw', async () => {
  await using wild = await openWild({ graceMs: 200 });
  await wild.app.start();
  const job = await wild.ended(await wild.push('short', { slices: 3, at: 1, harm: 'block' }));
  expect(job).toMatchObject({ status: 'error', offset: 1, error: { code: 'too_long' } });
  expect(job.error?.message).toContain('300 ms');
  expect(await wild.row(job.id)).toMatchObject({ child_deaths: 0 });
});

test('a job that is tried again while its old process still has its time has one process at a time', async () => {
  await using wild = await openWild({ graceMs: 1500, intervalMs: 20, beatMs: 50 });
  await wild.app.start();
  const id = await wild.push('caged', { slices: 2, at: 1, harm: 'ignore its signal' });
  const { number } = (await wild.manager.get(id)) as Job;
  const first = await until('it to be stuck', async () => (await wild.begun(number))[1], 20_000);
  await wild.manager.cancel(id);
  await wild.manager.retry(id);
  const again = await until('it to begin again', async () => (await wild.begun(number))[2], 20_000);
  expect(again.pid).not.toBe(first.pid);
  expect(isAlive(first.pid)).toBe(false);
  await wild.manager.cancel(id);
});
