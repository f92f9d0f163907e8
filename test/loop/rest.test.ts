import { describe, expect, test } from 'vitest';
import { retryDelay } from '../../core/loop/retry-delay.js';
import { door } from '../fixtures/scripted/door.js';
import { openScripted, script } from '../fixtures/scripted/open-scripted.js';
import { until } from '../support/until.js';

describe('pause and resume', () => {
  test('a running job rests after its slice and goes on where it was', async () => {
    await using scripted = await openScripted();
    const { waiting, pass, open } = door();
    const offsets: number[] = [];
    script.slice = async (service, job) => {
      offsets.push(job.offset);
      if (job.offset === 1) await pass(job.number);
      service.advance(job.offset + 1, 4);
      return true;
    };
    const number = await scripted.push('scripted', { key: 'nightly' });
    await scripted.app.start();
    await until('the second slice', () => waiting.size === 1);
    expect(await scripted.manager.pause(number)).toMatchObject({ status: 'paused', progress: 25 });
    open();
    await until('its record', async () => (await scripted.job(number)).offset === 2);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await scripted.job(number)).toMatchObject({ status: 'paused', offset: 2, worker: undefined });
    await expect(scripted.push('scripted', { key: 'nightly' })).rejects.toMatchObject({ code: 'key_busy' });
    await scripted.manager.resume(number);
    const ended = await scripted.manager.wait(number, { timeout: 5000 });
    expect(ended).toMatchObject({ status: 'success', attempt: 1 });
    expect(offsets).toEqual([0, 1, 2, 3]);
  });

  test('pausing fires no signal, and a paused job can be cancelled, which does', async () => {
    await using scripted = await openScripted();
    let signal: AbortSignal | undefined;
    script.slice = async (_service, _job, context) => {
      signal = context.signal;
      await new Promise((resolve) => context.signal.addEventListener('abort', resolve, { once: true }));
      throw context.signal.reason;
    };
    const number = await scripted.push();
    await scripted.app.start();
    await until('the slice', () => signal);
    await scripted.manager.pause(number);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(signal?.aborted).toBe(false);
    await scripted.manager.cancel(number);
    expect(signal?.aborted).toBe(true);
    expect(await scripted.job(number)).toMatchObject({ status: 'cancelled' });
  });

  test('a resume wakes a loop that sleeps', async () => {
    await using scripted = await openScripted({ intervalMs: 10_000 });
    const number = await scripted.push();
    await scripted.manager.pause(number);
    await scripted.app.start();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const resumedAt = performance.now();
    await scripted.manager.resume(number);
    await scripted.manager.wait(number, { timeout: 5000 });
    expect(performance.now() - resumedAt).toBeLessThan(500);
  });
});

describe('retry', () => {
  test('a slice that throws is tried again as often as its type says, then the job ends in error', async () => {
    await using scripted = await openScripted();
    let tries = 0;
    script.slice = () => {
      tries++;
      throw new Error(`Try ${tries} failed.`);
    };
    const number = await scripted.push('stubborn');
    for (const attempt of [2, 3]) {
      const job = await scripted.carried(number);
      expect(job).toMatchObject({ status: 'in_progress', attempt, error: { message: `Try ${attempt - 1} failed.` } });
      await scripted.change(number, { due_at: '2000-01-01 00:00:00.000' });
    }
    expect(await scripted.carried(number)).toMatchObject({
      ...{ status: 'error', attempt: 3, error: { code: 'failed', message: 'Try 3 failed.' } },
    });
    expect(scripted.logged.filter(({ message }) => message.includes('tried again'))).toHaveLength(2);
  });

  test('what a slice wrote before it threw is undone, and a try that works clears the error', async () => {
    await using scripted = await openScripted();
    let isBroken = true;
    script.slice = (service, job, context) => {
      context.write(async () => {
        if (isBroken) throw new Error('Not yet.');
      });
      service.advance(job.offset + 1, 1);
      return true;
    };
    const number = await scripted.push('stubborn');
    expect(await scripted.carried(number)).toMatchObject({ status: 'in_progress', offset: 0, progress: 0 });
    isBroken = false;
    await scripted.change(number, { due_at: '2000-01-01 00:00:00.000' });
    expect(await scripted.carried(number)).toMatchObject({ status: 'success', attempt: 2, error: undefined });
  });

  test('without a policy a slice that throws ends its job, and a retry by hand begins where it was', async () => {
    await using scripted = await openScripted();
    script.slice = (service, job) => {
      if (job.offset === 1 && job.attempt === 1) throw new Error('The second slice failed.');
      service.advance(job.offset + 1, 2);
      return true;
    };
    const number = await scripted.push();
    await scripted.app.start();
    expect(await scripted.manager.wait(number, { timeout: 5000 })).toMatchObject({ status: 'error', offset: 1 });
    await scripted.manager.retry(number);
    expect(await scripted.manager.wait(number, { timeout: 5000 })).toMatchObject({ status: 'success', attempt: 2 });
  });

  test('pauses double up to the most, and are drawn from the upper half', () => {
    const lowest = [0, 1, 2, 3, 10, 100].map((tries) => retryDelay(tries, { firstMs: 100, mostMs: 1500 }, () => 0));
    expect(lowest).toEqual([50, 100, 200, 400, 750, 750]);
    expect(retryDelay(0, { firstMs: 100 }, () => 0.999999)).toBe(100);
    expect(retryDelay(30)).toBeLessThanOrEqual(60 * 60 * 1000);
  });
});

describe('run again', () => {
  test('a finished job is pushed anew as it was, with its files, and stays as it is', async () => {
    await using scripted = await openScripted();
    const file = await scripted.manager.upload(
      'a.csv',
      (async function* () {
        yield Buffer.from('abc');
      })(),
    );
    const seen: string[] = [];
    script.slice = async (service, job, { files }) => {
      const [input] = files.inputs;
      if (input) seen.push(`${(await files.read(input, 0, 3)).toString()} ${JSON.stringify(job.data)}`);
      service.setData({ rows: 'changed' });
      service.advance(job.offset + 1, 1);
      return true;
    };
    const data = { rows: [1], file: file.id };
    const pushing = { data, files: [file.id], userId: 'ann', priority: 3, name: 'Again and again' };
    const number = await scripted.push('scripted', pushing);
    await scripted.carried(number);
    const { id, created } = await scripted.manager.runAgain(number);
    expect(created).toBe(true);
    const again = await scripted.manager.get(id);
    expect(again).toMatchObject({ status: 'new', name: 'Again and again', userId: 'ann', priority: 3, offset: 0 });
    const [copy] = again?.inputs ?? [];
    expect(again?.data).toEqual({ rows: [1], file: copy?.id });
    await scripted.loop.tick();
    expect(seen).toEqual([`abc ${JSON.stringify(data)}`, `abc ${JSON.stringify({ rows: [1], file: copy?.id })}`]);
    // Each has bytes of its own: removing one takes nothing from the other.
    await scripted.manager.remove(number);
    expect(copy?.id).not.toBe(file.id);
  });

  test('an unfinished job, one whose files are gone, and one whose key is held are refused', async () => {
    await using scripted = await openScripted();
    const first = await scripted.push('scripted', { key: 'nightly' });
    await expect(scripted.manager.runAgain(first)).rejects.toMatchObject({ code: 'action_not_offered' });
    await scripted.manager.cancel(first);
    await scripted.push('scripted', { key: 'nightly' });
    await expect(scripted.manager.runAgain(first)).rejects.toMatchObject({ code: 'key_busy' });
  });

  test('pressed as an action it gives the new job', async () => {
    await using scripted = await openScripted();
    const number = await scripted.push('scripted', { userId: 'ann' });
    await scripted.manager.cancel(number);
    const { result } = await scripted.manager.act(number, 'run_again', {}, { user: { id: 'ann', isAdmin: false } });
    expect(result).toMatchObject({ id: expect.any(String), number: number + 1, created: true });
    expect(await scripted.job(number + 1)).toMatchObject({ status: 'new', userId: 'ann' });
  });
});
