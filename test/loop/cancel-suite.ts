import type { BootOptions } from 'progress-manager';
import { describe, expect, test } from 'vitest';
import { script } from '../fixtures/scripted/open-scripted.js';
import { addNote, writeSetup } from './write-setup.js';

/** A cancel is final when it is answered. */
export function cancelSuite(database: () => Partial<BootOptions>): void {
  const open = writeSetup(database);

  describe('cancel', () => {
    test('is final when it is answered: the signal fires, and the late record, its writes and its files are refused', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      let wasAborted: boolean | undefined;
      script.slice = async (service, _job, context) => {
        await context.files.append('places.csv', 'a');
        addNote(context, 'a');
        service.advance(1, 1);
        await scripted.manager.cancel(number);
        wasAborted = context.signal.aborted;
        return true;
      };
      expect(await scripted.carried(number)).toMatchObject({
        status: 'cancelled',
        progress: 0,
        outputs: [],
        error: undefined,
      });
      expect(wasAborted, 'the signal, when cancel was answered').toBe(true);
      expect(await scripted.notes()).toEqual([]);
      expect(await scripted.parts(number)).toEqual([]);
      expect(await scripted.loop.tick()).toBe(0);
    });

    test.each(['before', 'after'])('the signal tells of a cancel to who asks for it %s it', async (when) => {
      await using scripted = await open();
      const number = await scripted.push();
      let told: unknown;
      script.slice = async (_service, _job, context) => {
        // Passed on as helpers get it.
        const given = { ...context };
        const early = when === 'before' ? given.signal : undefined;
        await scripted.manager.cancel(number);
        const { signal } = given;
        told = { aborted: signal.aborted, reason: String(signal.reason), isOne: (early ?? signal) === signal };
        return true;
      };
      await scripted.carried(number);
      expect(told).toEqual({ aborted: true, reason: expect.stringContaining('asked to stop: cancelled'), isOne: true });
    });

    test.each(['new', 'in_progress'])(
      'a job that is %s and waits for its turn is cancelled at once, and never runs',
      async (status) => {
        await using scripted = await open();
        const number = await scripted.push();
        await scripted.change(number, { status });
        expect(await scripted.manager.cancel(number)).toMatchObject({ status: 'cancelled' });
        expect(await scripted.loop.tick()).toBe(0);
      },
    );

    test('of a cancel and an end at the same moment exactly one wins, 200 times', async () => {
      await using scripted = await open({ limit: 20, intervalMs: 5 });
      const soon = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
      const cancels = new Map<number, Promise<boolean>>();
      const cancelSoon = async (number: number): Promise<boolean> => {
        await soon();
        return scripted.manager.cancel(number).then(
          () => true,
          () => false,
        );
      };
      script.slice = async (service, { number }, context) => {
        cancels.set(number, cancelSoon(number));
        addNote(context, `of ${number}`);
        await soon();
        service.advance(1, 1);
        return true;
      };
      const numbers = await Promise.all(Array.from({ length: 200 }, () => scripted.push()));
      await scripted.app.start();
      const jobs = await scripted.manager.wait(numbers, { timeout: 20_000 });
      await scripted.app.stop();
      const answers = await Promise.all(numbers.map((number) => cancels.get(number)));
      expect(jobs.map(({ status }) => status)).toEqual(
        answers.map((isCancelled) => (isCancelled ? 'cancelled' : 'success')),
      );
      expect(new Set(answers), 'who won').toEqual(new Set([true, false]));
      const successes = jobs.filter(({ status }) => status === 'success').map(({ number }) => `of ${number}`);
      expect((await scripted.notes()).sort()).toEqual(successes.sort());
    }, 30_000);
  });
}
