import type { BootOptions } from 'progress-manager';
import { describe, expect, test } from 'vitest';
import { until } from '../support/until.js';
import {
  AT_THE_BACK,
  begun,
  minutesLater,
  nextSlice,
  outcomeSetup,
  type ScriptedProgressManager,
  script,
} from './outcome-setup.js';

/** Slices that come back with true: recorded, at their end, or without a move. */
export function recordedSuite(database: () => Partial<BootOptions>): void {
  const { clock, open } = outcomeSetup(database);

  describe('true, and in progress', () => {
    test('is recorded, and the job goes to the back of the line', async () => {
      await using scripted = await open();
      const job = await scripted.job(await begun(scripted));
      expect(job).toMatchObject({
        status: 'in_progress',
        offset: 1,
        progress: 20,
        data: { at: 1 },
        message: 'Reading',
      });
      expect(job).toMatchObject({
        dueAt: AT_THE_BACK,
        worker: undefined,
        attempt: 1,
        error: undefined,
        finishedAt: undefined,
      });
    });

    test('a service that still says new is in progress', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      nextSlice((service) => {
        service.setStatus('new');
        service.setOffset(1);
      });
      expect(await scripted.carried(number)).toMatchObject({ status: 'in_progress', offset: 1, dueAt: AT_THE_BACK });
    });

    test('goes on at once, under the same lease, while nothing else is due', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      await scripted.app.start();
      await until('the end', async () => (await scripted.job(number)).status === 'success');
      expect(await scripted.row(number)).toMatchObject({
        lease_version: scripted.app.container.get('jobStore').tokenStep,
        slice_seq: 3,
        progress_offset: 3,
      });
    });

    test('gives its place up when its share is over and another job is due', async () => {
      // The real clock: with a fixed one all places in line are the same.
      await using scripted = await open({ limit: 1, sliceMs: 0, boundNow: () => undefined });
      const order: string[] = [];
      script.slice = (service, job) => {
        order.push(job.name);
        service.advance(job.offset + 1, 3);
        return true;
      };
      const first = await scripted.push('scripted', { name: 'a' });
      const second = await scripted.push('scripted', { name: 'b' });
      await scripted.app.start();
      await scripted.manager.wait([first, second], { timeout: 5000 });
      expect(order.join('')).toBe('ababab');
    });
  });

  describe('true, and at its end', () => {
    const ends: [string, (service: ScriptedProgressManager) => void][] = [
      ['status success at any progress', (service) => service.setStatus('success')],
      ['advance(3, 3)', (service) => service.advance(3, 3)],
      ['advance(0, 0), which had nothing to do', (service) => service.advance(0, 0)],
      ['advance(5, 3), beyond the total', (service) => service.advance(5, 3)],
    ];
    test.each(ends)('%s is success at 100', async (_, end) => {
      await using scripted = await open();
      const number = await scripted.push();
      nextSlice(end);
      const job = await scripted.carried(number);
      expect(job).toMatchObject({
        status: 'success',
        progress: 100,
        dueAt: undefined,
        worker: undefined,
        error: undefined,
      });
      expect(job.finishedAt).toBeDefined();
      expect(await scripted.loop.tick(), 'jobs carried afterwards').toBe(0);
    });

    test('status error is error, with the message as its reason', async () => {
      await using scripted = await open();
      const number = await begun(scripted);
      nextSlice((service) => {
        service.setStatus('error');
        service.setMessage('bad row 7');
      });
      const job = await scripted.carried(number);
      expect(job).toMatchObject({ status: 'error', progress: 20, message: 'bad row 7', dueAt: undefined });
      expect(job.error).toEqual({ code: 'failed', message: 'bad row 7' });
    });

    test('status error without a message says that there was none', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      nextSlice((service) => service.setStatus('error'));
      expect((await scripted.carried(number)).error?.message).toMatch(/gave no reason/);
    });
  });

  describe('true, but nothing moved', () => {
    test('is "not now"', async () => {
      await using scripted = await open();
      const number = await begun(scripted);
      nextSlice(() => true);
      expect(await scripted.carried(number)).toMatchObject({
        status: 'in_progress',
        dueAt: '2026-01-01T12:00:01.000Z',
      });
      expect(await scripted.row(number)).toMatchObject({ refusals: 1, idle_slices: 1, slice_seq: 1 });
    });

    test('after 100 in a row it is an error, no_progress', async () => {
      await using scripted = await open();
      const number = await begun(scripted);
      nextSlice(() => true);
      for (let slice = 1; slice <= 99; slice++) {
        await scripted.loop.tick();
        clock.now = minutesLater(slice * 2);
      }
      expect(await scripted.job(number), 'after 99').toMatchObject({ status: 'in_progress' });
      expect(await scripted.carried(number), 'after 100').toMatchObject({
        status: 'error',
        error: { code: 'no_progress' },
      });
    });

    const moves: [string, (service: ScriptedProgressManager) => void][] = [
      ['the offset', (service) => service.setOffset(2)],
      ['progress', (service) => service.setProgress(21)],
      ['the data', (service) => service.setData({ at: 2 })],
    ];
    test.each(moves)('%s alone is a move', async (_, move) => {
      await using scripted = await open();
      const number = await begun(scripted);
      nextSlice(move);
      expect(await scripted.carried(number)).toMatchObject({ dueAt: AT_THE_BACK });
      expect(await scripted.row(number)).toMatchObject({ slice_seq: 2, idle_slices: 0 });
    });

    test('a write or a file alone is a move', async () => {
      await using scripted = await open();
      const number = await begun(scripted);
      script.slice = (_service, _job, context) => {
        context.write(() => undefined);
        return true;
      };
      await scripted.loop.tick();
      script.slice = async (_service, _job, context) => {
        await context.files.append('log.txt', 'a line');
        return true;
      };
      await scripted.loop.tick();
      expect(await scripted.row(number)).toMatchObject({ slice_seq: 3, idle_slices: 0, refusals: 0 });
    });
  });
}
