import { setTimeout as sleep } from 'node:timers/promises';
import type { BootOptions } from 'progress-manager';
import { describe, expect, test } from 'vitest';
import { openScripted, script } from '../fixtures/scripted/open-scripted.js';
import { shareScripted } from '../fixtures/scripted/share-scripted.js';
import { until } from '../support/until.js';

/** Slices that go on until a test says otherwise. */
function endless(): { slices: number; isOver: boolean } {
  const seen = { slices: 0, isOver: false };
  script.slice = async (service) => {
    seen.slices++;
    await sleep(5);
    service.advance(seen.slices, seen.isOver ? seen.slices : 1_000_000);
    return true;
  };
  return seen;
}

/** Jobs that are due, and are held back. */
export function heldBackSuite(database: () => Partial<BootOptions>): void {
  const open = shareScripted(database);

  describe('a paused type', () => {
    test('lets its running job rest within two beats, begins none, and goes on where it was', async () => {
      await using scripted = await open();
      const { manager, app } = scripted;
      const seen = endless();
      const number = await scripted.push();
      await app.start();
      await until('slices', () => seen.slices > 2);
      await manager.pauseType('scripted');
      const other = await scripted.push('other');
      await until('its rest', async () => (await scripted.job(number)).worker === undefined, 2000);
      const { offset } = await scripted.job(number);
      const waiting = await scripted.push();
      await until('the other type', async () => (await scripted.job(other)).offset > 1);
      expect(await scripted.job(waiting)).toMatchObject({ status: 'new' });
      expect(await scripted.job(number)).toMatchObject({ status: 'in_progress', offset, attempt: 1 });
      expect(await manager.explain(number)).toMatchObject({ reason: 'type_paused' });
      seen.isOver = true;
      await manager.resumeType('scripted');
      expect(await manager.wait([number, waiting, other], { timeout: 5000 })).toHaveLength(3);
    });

    test('all types rest while all is paused', async () => {
      await using scripted = await open();
      const { manager, app } = scripted;
      await manager.pauseType();
      const numbers = [await scripted.push(), await scripted.push('other')];
      await app.start();
      await sleep(300);
      for (const number of numbers) expect(await scripted.job(number)).toMatchObject({ status: 'new' });
      expect(await manager.pauses()).toEqual([{ scope: '*', since: expect.any(String), by: undefined }]);
      await manager.resumeType();
      expect(await manager.wait(numbers, { timeout: 5000 })).toHaveLength(2);
      expect(await manager.pauses()).toEqual([]);
    });

    test('is an admin’s to pause, and must be a type', async () => {
      await using scripted = await open();
      const { manager } = scripted;
      const user = { id: 'ann', isAdmin: false };
      for (const call of [
        () => manager.pauseType('scripted', { user }),
        () => manager.resumeType(undefined, { user }),
        () => manager.pauses({ user }),
        () => manager.workers({ user }),
      ])
        await expect(call()).rejects.toMatchObject({ code: 'forbidden' });
      await expect(manager.pauseType('scriptd')).rejects.toThrow(/no job type "scriptd"\. Did you mean "scripted"\?/);
      await manager.pauseType('scripted', { user: { id: 'root', isAdmin: true } });
      expect(await manager.pauses()).toMatchObject([{ scope: 'scripted', by: 'root' }]);
      await manager.resumeType('scripted');
    });
  });

  describe('a limited type', () => {
    test('has no more slices at once than its limit, although places are free', async () => {
      await using scripted = await open({ limit: 10 });
      let running = 0;
      let most = 0;
      script.slice = async (service) => {
        most = Math.max(most, ++running);
        await sleep(10);
        running--;
        service.advance(1, 1);
        return true;
      };
      const numbers: number[] = [];
      while (numbers.length < 12) numbers.push(await scripted.push('few'));
      await scripted.app.start();
      expect(await scripted.manager.wait(numbers, { timeout: 15_000 })).toHaveLength(12);
      expect(most).toBe(2);
    });
  });

  describe('a throttled type', () => {
    test('waits as long as its condition says, others do not, and explain says until when', async () => {
      await using scripted = await open({});
      let wait = 60_000;
      script.throttle = () => wait;
      const number = await scripted.push('throttled');
      const other = await scripted.push();
      await scripted.app.start();
      await scripted.manager.wait(other, { timeout: 5000 });
      expect(await scripted.job(number)).toMatchObject({ status: 'new', attempt: 0 });
      const { reason, until: when = '' } = await scripted.manager.explain(number);
      expect(reason).toBe('throttled');
      expect(Date.parse(when) - Date.now()).toBeGreaterThan(50_000);
      wait = 0;
    });

    test('goes on when its condition says nothing more', async () => {
      await using scripted = await open({});
      let asked = 0;
      script.throttle = () => (++asked === 1 ? 200 : undefined);
      const number = await scripted.push('throttled');
      await scripted.app.start();
      expect((await scripted.manager.wait(number, { timeout: 10_000 })).status).toBe('success');
      expect(asked).toBeGreaterThan(1);
      expect(await scripted.knex('progress_gate').where({ scope: 'throttled' }).first()).toMatchObject({
        throttled_until: null,
      });
    });

    test('rests between slices when its condition begins to hold in the middle', async () => {
      await using scripted = await open({});
      const seen = endless();
      let wait: number | undefined;
      script.throttle = () => wait;
      const number = await scripted.push('throttled');
      await scripted.app.start();
      await until('slices', () => seen.slices > 2);
      wait = 60_000;
      await until('its rest', async () => (await scripted.job(number)).worker === undefined, 5000);
      expect(await scripted.job(number)).toMatchObject({ status: 'in_progress', attempt: 1 });
    });

    const faults: [string, () => number | undefined | Promise<number | undefined>, RegExp][] = [
      [
        'throws',
        () => {
          throw new Error('no replica');
        },
        /no replica/,
      ],
      ['gives no number', () => 'soon' as never, /must give milliseconds to wait, or nothing; it gave soon/],
      ['never answers', () => new Promise(() => undefined), /has not answered within 1000 ms/],
    ];
    test.each(faults)('whose condition %s is held back, and says so; others go on', async (_, throttle, why) => {
      await using scripted = await open({});
      script.throttle = throttle;
      const number = await scripted.push('throttled');
      const other = await scripted.push();
      await scripted.app.start();
      await scripted.manager.wait(other, { timeout: 5000 });
      expect(await scripted.job(number)).toMatchObject({ status: 'new' });
      await until('the note', async () => (await scripted.manager.explain(number)).reason === 'throttled');
      expect((await scripted.manager.explain(number)).text).toMatch(why);
      expect(scripted.logged.some(({ message }) => message.includes('throttle of a type failed'))).toBe(true);
    });
  });

  test('a worker is listed while it works, with its types, and gone after its stop', async () => {
    await using scripted = await openScripted(database());
    const { manager, app } = scripted;
    const mine = async () => (await manager.workers()).filter(({ worker }) => worker.endsWith(`:${process.pid}`));
    expect(await mine()).toEqual([]);
    await app.start();
    await until('its sign', async () => (await mine()).length === 1);
    const [{ types = [], places } = {}] = await mine();
    expect([types.includes('scripted'), places]).toEqual([true, 5]);
    await app.stop();
    expect(await mine()).toEqual([]);
  });
}
