import type { BootOptions } from 'progress-manager';
import { describe, expect, test, vi } from 'vitest';
import { brokenConnection } from '../support/database-fault.js';
import { until } from '../support/until.js';
import { AT_THE_BACK, aborted, begun, minutesLater, nextSlice, outcomeSetup, script } from './outcome-setup.js';

/** Slices that come back with false, or do not come to their end. */
export function interruptedSuite(database: () => Partial<BootOptions>): void {
  const { clock, open } = outcomeSetup(database);

  describe('false', () => {
    test('is "not now": due again after 1, 2, 4 … 60 s, and nothing else changes', async () => {
      await using scripted = await open();
      const number = await begun(scripted);
      nextSlice((service) => {
        service.setOffset(9);
        service.setProgress(90);
        service.setData({ at: 9 });
        return false;
      });
      const pauses: number[] = [];
      for (let refusal = 1; refusal <= 8; refusal++) {
        clock.now = minutesLater(refusal * 2);
        const { dueAt = '' } = await scripted.carried(number);
        pauses.push((Date.parse(dueAt) - Date.parse(`${clock.now.replace(' ', 'T')}Z`)) / 1000);
      }
      expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
      expect(await scripted.job(number)).toMatchObject({
        status: 'in_progress',
        offset: 1,
        progress: 20,
        data: { at: 1 },
      });
      expect(await scripted.row(number)).toMatchObject({ refusals: 8, slice_seq: 1, lease_owner: null });
    });

    test('is not tried before its time, and the pauses begin anew after a slice that moved', async () => {
      await using scripted = await open();
      const number = await begun(scripted);
      nextSlice(() => false);
      await scripted.loop.tick();
      clock.now = '2026-01-01 12:00:00.999';
      expect(await scripted.loop.tick()).toBe(0);
      clock.now = '2026-01-01 12:00:01.000';
      nextSlice((service) => service.setOffset(2));
      expect(await scripted.loop.tick()).toBe(1);
      expect(await scripted.row(number)).toMatchObject({ refusals: 0 });
    });
  });

  describe('throws after its signal fired', () => {
    test('by a stop: nothing is recorded, no attempt is counted, and the job is due at once', async () => {
      await using scripted = await open({ graceMs: 20 });
      const number = await begun(scripted);
      let isRunning = false;
      let heard: unknown;
      script.slice = async (service, _job, { signal }) => {
        isRunning = true;
        service.setOffset(9);
        await aborted(signal);
        heard = signal.reason;
        signal.throwIfAborted();
      };
      await scripted.app.start();
      await until('the slice', () => isRunning);
      expect(await scripted.app.stop()).toBe(false);
      expect(heard).toMatchObject({ name: 'AbortError', because: 'stopping' });
      expect(await scripted.job(number)).toMatchObject({
        status: 'in_progress',
        offset: 1,
        attempt: 1,
        worker: undefined,
        dueAt: AT_THE_BACK,
      });
      expect(await scripted.row(number)).toMatchObject({ crash_count: 0, refusals: 0, slice_seq: 1 });
    });

    test('by a cancel: the job stays cancelled', async () => {
      await using scripted = await open();
      const number = await begun(scripted);
      script.slice = async (_service, _job, { signal }) => {
        await scripted.manager.cancel(number);
        signal.throwIfAborted();
      };
      expect(await scripted.carried(number)).toMatchObject({
        status: 'cancelled',
        offset: 1,
        error: undefined,
        dueAt: undefined,
      });
    });

    test('by a lost lease: the newer state stays', async () => {
      await using scripted = await open();
      const number = await begun(scripted);
      script.slice = async (_service, _job, { signal }) => {
        await scripted.change(number, { lease_version: 77, lease_owner: 'elsewhere:1/00' });
        await aborted(signal);
        signal.throwIfAborted();
      };
      await scripted.loop.tick();
      expect(await scripted.row(number)).toMatchObject({
        lease_version: 77,
        status: 'in_progress',
        slice_seq: 1,
        error: null,
      });
    });
  });

  describe('run functions', () => {
    test('what it returns is the result; what it reported stood on the bar', async () => {
      await using scripted = await open();
      const number = await scripted.push('scripted_run', { data: { rows: 100 } });
      script.run = async ({ data }, { report }) => {
        report(25, 'Reading file');
        await until('the bar', async () => (await scripted.job(number)).progress === 25);
        return { inserted: (data as { rows: number }).rows - 5 };
      };
      expect(await scripted.carried(number)).toMatchObject({
        status: 'success',
        progress: 100,
        message: 'Reading file',
        result: { inserted: 95 },
      });
    });

    test('what it throws is the error, at the progress that was last shown', async () => {
      await using scripted = await open();
      const number = await scripted.push('scripted_run');
      script.run = async (_job, { report }) => {
        report(40);
        await until('the bar', async () => (await scripted.job(number)).progress === 40);
        throw new Error('bad row 7');
      };
      const job = await scripted.carried(number);
      expect(job).toMatchObject({ status: 'error', progress: 40, result: undefined });
      expect(job.error).toEqual({ code: 'failed', message: 'bad row 7' });
    });

    test.each([
      ['scripted_run', 'error', 'worker_lost'],
      ['resumable_run', 'success', undefined],
      ['scripted', 'in_progress', undefined],
    ])('a job of the type %s whose worker died is %s', async (type, status, code) => {
      await using scripted = await open();
      const number = await scripted.push(type);
      await scripted.change(number, {
        status: 'in_progress',
        attempt: 1,
        lease_owner: 'elsewhere:1/00',
        lease_version: 1,
      });
      expect(await scripted.carried(number)).toMatchObject({ status, attempt: 1, error: code ? { code } : undefined });
      const row = await scripted.row(number);
      expect(Number(row.lease_version)).toBe(1 + scripted.app.container.get('jobStore').tokenStep);
    });

    test.each([
      ['scripted_run', 'error', 'worker_lost'],
      ['resumable_run', 'in_progress', undefined],
    ])(
      'a job of the type %s that is cut by a stop is %s, whether or not it heeds the signal',
      async (type, status, code) => {
        await using scripted = await open({ graceMs: 20, limit: 2 });
        const [heeding, deaf] = [
          await scripted.push(type, { name: 'heeds' }),
          await scripted.push(type, { name: 'deaf' }),
        ];
        const over = new AbortController();
        let begun = 0;
        script.run = async (job, { signal }) => {
          begun++;
          if (job.name === 'deaf') return aborted(over.signal);
          await aborted(signal);
          return signal.throwIfAborted();
        };
        await scripted.app.start();
        await until('both', () => begun === 2);
        expect(await scripted.app.stop()).toBe(false);
        for (const number of [heeding, deaf]) {
          expect(await scripted.job(number)).toMatchObject({
            status,
            worker: undefined,
            error: code ? { code } : undefined,
          });
        }
        over.abort();
      },
    );

    test.each(['slice', 'write'])('a fault of another database in a %s is the job’s own', async (where) => {
      await using scripted = await open({});
      let runs = 0;
      const theirs = () => {
        runs++;
        throw Object.assign(new Error('Deadlock found in the archive.'), { errno: 1213, code: 'ECONNRESET' });
      };
      script.slice = (_service, _job, context) => {
        if (where === 'slice') return theirs();
        context.write(theirs);
        return true;
      };
      const { status, error } = await scripted.carried(await scripted.push());
      expect([status, error?.message, runs]).toEqual([
        'error',
        expect.stringContaining('Deadlock found in the archive.'),
        1,
      ]);
    });

    test('"not now" of a job that cannot resume stays "not now" when the connection breaks under it', async () => {
      await using scripted = await open({});
      const store = scripted.app.container.get('jobStore');
      vi.spyOn(store, 'postpone').mockImplementationOnce(brokenConnection);
      script.slice = () => false;
      const number = await scripted.push('cannot_resume');
      expect(await scripted.carried(number)).toMatchObject({ status: 'in_progress', worker: undefined });
    });
  });
}
