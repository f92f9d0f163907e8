import { afterEach, describe, expect, test, vi } from 'vitest';
import { door } from '../fixtures/scripted/door.js';
import { aborted, openScripted, script } from '../fixtures/scripted/open-scripted.js';
import { until } from '../support/until.js';

afterEach(() => void vi.restoreAllMocks());

describe('the beat', () => {
  test('shows what a long slice has come to', async () => {
    await using scripted = await openScripted();
    const { open, pass } = door();
    const number = await scripted.push();
    script.slice = async (service) => {
      service.setProgress(12.5);
      service.setMessage('Half of the first');
      service.setCounts({ processed: 3, total: 24 });
      await pass(number);
      service.setStatus('success');
      return true;
    };
    const tick = scripted.loop.tick();
    const job = await until('the bar', async () =>
      (await scripted.job(number)).progress > 0 ? scripted.job(number) : undefined,
    );
    expect(job).toMatchObject({ status: 'in_progress', progress: 12.5, message: 'Half of the first', offset: 0 });
    expect(job.counts).toEqual({ processed: 3, total: 24, failed: 0, skipped: 0 });
    open();
    await tick;
  });

  test('shows what a slice reports, never backwards, and never 100 before the end', async () => {
    await using scripted = await openScripted();
    const { open, pass } = door();
    const number = await scripted.push('scripted_run');
    const bar = async () => (await scripted.job(number)).progress;
    script.run = async (_job, { report }) => {
      report(30, 'Reading');
      await until('30', async () => (await bar()) === 30);
      report(10, 'Reading again');
      await until('the message', async () => (await scripted.job(number)).message === 'Reading again');
      expect(await bar()).toBe(30);
      report(Number.NaN);
      report(250);
      await until('nearly all', async () => (await bar()) === 99.99);
      await pass(number);
    };
    const tick = scripted.loop.tick();
    await until('nearly all', async () => (await bar()) === 99.99);
    open();
    await tick;
    expect(await scripted.job(number)).toMatchObject({ status: 'success', progress: 100 });
  });

  test('a slice that ends before a beat is answered does not take back what that beat showed', async () => {
    await using scripted = await openScripted();
    const { open, pass } = door();
    const store = scripted.app.container.get('jobStore');
    const beat = store.beat.bind(store);
    const number = await scripted.push('scripted_run');
    vi.spyOn(store, 'beat').mockImplementation(async (...told) => {
      const answers = await beat(...told);
      // One that went before the report shows nothing yet, and the next comes after it.
      if ((await scripted.job(number)).progress === 40) await pass(0);
      return answers;
    });
    scripted.app.container.get('jobEvents').on('ended', open);
    script.run = async (_job, { report }) => {
      report(40);
      await until('the bar', async () => (await scripted.job(number)).progress === 40);
      throw new Error('on purpose');
    };
    expect(await scripted.carried(number)).toMatchObject({ status: 'error', progress: 40 });
  });

  test('what a slice said that gave back false is not shown afterwards', async () => {
    await using scripted = await openScripted();
    const store = scripted.app.container.get('jobStore');
    const postpone = store.postpone.bind(store);
    const beat = vi.spyOn(store, 'beat');
    vi.spyOn(store, 'postpone').mockImplementation(async (...postponed) => {
      const seen = beat.mock.calls.length;
      await until('two beats', () => beat.mock.calls.length >= seen + 2);
      return postpone(...postponed);
    });
    script.slice = (service) => {
      service.setProgress(90);
      return false;
    };
    expect(await scripted.carried(await scripted.push())).toMatchObject({ status: 'in_progress', progress: 0 });
  });

  test('what one job says wrongly does not spoil the beat of the others', async () => {
    await using scripted = await openScripted();
    const { open, pass } = door();
    script.slice = async (service, job) => {
      if (job.name === 'bad') {
        service.setProgress(Number.NaN);
        service.setCounts({ processed: Number.NaN });
      } else if (job.name === 'throws') {
        Object.assign(service, {
          getProgress: () => {
            throw new Error('on purpose');
          },
        });
      } else if (job.name === 'no text') {
        service.setMessage({} as string);
      } else {
        service.setProgress(50);
        service.setMessage('x'.repeat(100_000));
      }
      await pass(job.number);
      service.setStatus('success');
      return true;
    };
    for (const name of ['bad', 'throws', 'no text']) await scripted.push('scripted', { name });
    const number = await scripted.push('scripted', { name: 'good' });
    const tick = scripted.loop.tick();
    await until('the good one', async () => (await scripted.job(number)).progress === 50);
    open();
    await tick;
    const faults = scripted.logged.filter(({ message }) => message === 'a beat failed; it is tried again');
    expect(faults).toEqual([]);
    expect(scripted.logged).toContainEqual(
      expect.objectContaining({ level: 'warn', fields: expect.objectContaining({ error: 'on purpose' }) }),
    );
  });

  test('keeps the lease of a slice that lasts longer than the lease', async () => {
    const leaseMs = 800;
    await using scripted = await openScripted({ leaseMs });
    const store = scripted.app.container.get('jobStore');
    const number = await scripted.push();
    let isOver = false;
    script.slice = async (service) => {
      await new Promise((resolve) => setTimeout(resolve, 2.5 * leaseMs));
      isOver = true;
      service.setStatus('success');
      return true;
    };
    const tick = scripted.loop.tick();
    await until('the slice', async () => (await scripted.job(number)).worker);
    const taken = await until('the end of the slice, or a thief', async () => {
      const { jobs } = await store.claim({ worker: 'thief:1', types: ['scripted'], limit: 1, leaseMs });
      return isOver || jobs.length > 0 ? { jobs } : undefined;
    });
    expect(taken.jobs).toEqual([]);
    await tick;
    expect(await scripted.job(number)).toMatchObject({ status: 'success' });
  });

  test('a worker that cannot reach the table stops its slices when their lease is over', async () => {
    await using scripted = await openScripted({ leaseMs: 300 });
    vi.spyOn(scripted.app.container.get('jobStore'), 'beat').mockRejectedValue(new Error('gone away'));
    const number = await scripted.push();
    script.slice = async (_service, _job, { signal }) => {
      await aborted(signal);
      signal.throwIfAborted();
    };
    await scripted.loop.tick();
    vi.restoreAllMocks();
    script.slice = (service) => {
      service.setStatus('success');
      return true;
    };
    await until(
      'the job to be due again, and carried',
      async () => (await scripted.carried(number)).status === 'success',
    );
  });

  test('short slices keep their lease by what they record, also when no beat gets through', async () => {
    const leaseMs = 500;
    await using scripted = await openScripted({ leaseMs });
    vi.spyOn(scripted.app.container.get('jobStore'), 'beat').mockRejectedValue(new Error('gone away'));
    const end = performance.now() + 2 * leaseMs;
    script.slice = async (service, job) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      service.setOffset(job.offset + 1);
      if (performance.now() > end) service.setStatus('success');
      return true;
    };
    const number = await scripted.push();
    await scripted.app.start();
    expect(await scripted.manager.wait(number, { timeout: 5000 })).toMatchObject({ status: 'success' });
    expect(await scripted.row(number)).toMatchObject({
      lease_version: scripted.app.container.get('jobStore').tokenStep,
    });
  });

  test('goes on for the longer of two ticks', async () => {
    await using scripted = await openScripted();
    const { open, pass } = door();
    const long = await scripted.push();
    script.slice = async (service, job) => {
      if (job.number === long) await pass(long);
      service.setStatus('success');
      return true;
    };
    const tick = scripted.loop.tick();
    await until('the long one', async () => (await scripted.job(long)).worker);
    await scripted.push();
    await scripted.loop.tick();
    const beat = vi.spyOn(scripted.app.container.get('jobStore'), 'beat');
    await until('another beat', () => beat.mock.calls.length > 1);
    open();
    await tick;
  });
});
