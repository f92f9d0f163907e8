import { setTimeout as sleep } from 'node:timers/promises';
import type { BootOptions, CountContext, ProgressJob } from 'progress-manager';
import { describe, expect, test, vi } from 'vitest';
import { TotalCounts } from '../../core/loop/total-counts.js';
import { until } from '../support/until.js';
import { nextSlice, outcomeSetup, script } from './outcome-setup.js';

const WARNING = 'what a job has to do could not be counted: its bar is without a total';

/** A count for the bar: asked beside the work, and never in its way. */
export function countedSuite(database: () => Partial<BootOptions>): void {
  const { open } = outcomeSetup(() => ({ boundNow: () => undefined, ...database() }));

  /** Processes one more with each slice, and gives time for what goes on beside. */
  const oneMore = (last = 100) => {
    script.slice = async (service, job) => {
      await sleep(20);
      service.advance(job.offset + 1);
      if (job.offset + 1 === last) service.setStatus('success');
      return true;
    };
  };

  describe('countTotal', () => {
    test('gives the bar its total and its percent once it has answered, and is asked once', async () => {
      await using scripted = await open({});
      let answer: (total: number) => void = () => undefined;
      const count = vi.fn((_job: ProgressJob, _context: CountContext) => new Promise((resolve) => (answer = resolve)));
      script.count = count;
      oneMore(8);
      const number = await scripted.push('counted');
      expect(await scripted.carried(number)).toMatchObject({ progress: 0, counts: { processed: 1, total: undefined } });
      expect(await scripted.carried(number)).toMatchObject({ progress: 0, counts: { processed: 2, total: undefined } });
      answer(8);
      await sleep(10);
      expect(await scripted.carried(number)).toMatchObject({ progress: 37.5, counts: { processed: 3, total: 8 } });
      expect(await scripted.carried(number)).toMatchObject({ progress: 50, counts: { processed: 4, total: 8 } });
      for (let slice = 5; slice <= 8; slice++) await scripted.loop.tick();
      expect(await scripted.job(number)).toMatchObject({ status: 'success', progress: 100, counts: { total: 8 } });
      expect(count).toHaveBeenCalledTimes(1);
      expect(count.mock.calls[0]?.[0]).toMatchObject({ number, offset: 0 });
    });

    test('shows its total in the middle of a slice', async () => {
      await using scripted = await open({});
      script.count = () => 4;
      const number = await scripted.push('counted');
      let over = false;
      script.slice = async (service) => {
        service.setCounts({ processed: 1 });
        await until('the end', () => over);
        service.setStatus('success');
        return true;
      };
      const tick = scripted.loop.tick();
      await until('the bar', async () => (await scripted.job(number)).progress === 25);
      expect((await scripted.job(number)).counts).toMatchObject({ processed: 1, total: 4 });
      over = true;
      await tick;
    });

    const harms: [string, () => unknown, RegExp][] = [
      ['throws', () => fail(), /on purpose/],
      ['gives no number', () => 'many', /a string, no whole number/],
      ['gives half a number', () => 1.5, /1.5, no whole number/],
      ['gives less than none', () => -1, /-1, no whole number/],
    ];
    test.each(harms)('that %s is a warning, and the job goes its way', async (_, harm, words) => {
      await using scripted = await open({});
      script.count = harm;
      oneMore(3);
      const number = await scripted.push('counted');
      for (let slice = 1; slice <= 3; slice++) await scripted.loop.tick();
      expect(await scripted.job(number)).toMatchObject({
        status: 'success',
        attempt: 1,
        counts: { processed: 3, total: undefined },
      });
      const warned = scripted.logged.filter(({ message }) => message === WARNING);
      expect(warned.map(({ fields }) => fields)).toEqual([
        { job: number, type: 'counted', error: expect.stringMatching(words) },
      ]);
    });

    test('that never answers holds up neither slice nor stop', async () => {
      await using scripted = await open({});
      script.count = () => new Promise(() => undefined);
      oneMore(3);
      const number = await scripted.push('counted');
      await scripted.app.start();
      expect(await scripted.manager.wait(number, { timeout: 10_000 })).toMatchObject({ status: 'success' });
      const stopping = performance.now();
      expect(await scripted.app.stop()).toBe(true);
      expect(performance.now() - stopping).toBeLessThan(900);
    });

    test('whose total is overtaken has none, and the bar stays where it was', async () => {
      await using scripted = await open({});
      script.count = () => 2;
      oneMore();
      const number = await scripted.push('counted');
      for (let slice = 1; slice <= 2; slice++) await scripted.loop.tick();
      expect(await scripted.job(number)).toMatchObject({ progress: 99.99, counts: { processed: 2, total: 2 } });
      expect(await scripted.carried(number)).toMatchObject({
        progress: 99.99,
        counts: { processed: 3, total: undefined },
      });
    });

    test('is not asked where the total is known, and for each phase anew', async () => {
      await using scripted = await open({});
      const count = vi.fn((job: ProgressJob) => (job.phase?.index === 1 ? 2 : 4));
      script.count = count as never;
      oneMore();
      const number = await scripted.push('counted_phased');
      await scripted.loop.tick();
      expect(await scripted.carried(number)).toMatchObject({ progress: 25, counts: { total: 2 } });
      nextSlice((service) => service.nextPhase());
      await scripted.loop.tick();
      oneMore();
      await scripted.loop.tick();
      expect(await scripted.carried(number)).toMatchObject({ progress: 37.5, counts: { processed: 2, total: 4 } });
      expect(count.mock.calls.map(([{ phase }]) => phase?.name)).toEqual(['Read', 'Check']);
    });

    test('has its time, after which its signal fires, and what it says then is not heard', async () => {
      const warned: string[] = [];
      const logger = { warn: (fields: { error: string }) => warned.push(fields.error) } as never;
      let heard: AbortSignal | undefined;
      const service = {
        countTotal: async (_job: ProgressJob, { signal }: CountContext) => {
          heard = signal;
          await sleep(80);
          return 7;
        },
      };
      const job = { number: 1, type: 'counted', counts: {} } as ProgressJob;
      const totals = new TotalCounts(() => service as never, logger, 40);
      const total = totals.of(job, { id: '', isAdmin: true });
      await until('the warning', () => warned.length > 0);
      expect(heard?.aborted).toBe(true);
      await sleep(100);
      expect([total(), totals.of(job, { id: '', isAdmin: true })()]).toEqual([undefined, undefined]);
      expect(warned).toEqual(['countTotal has not answered within 40 ms.']);
    });
  });
}

function fail(): never {
  throw new Error('on purpose');
}
