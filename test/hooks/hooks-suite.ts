import { setTimeout as sleep } from 'node:timers/promises';
import { ForbiddenError } from 'progress-manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MakeDatabase } from '../support/shared-database.js';
import type { TestDatabase } from '../support/test-database.js';
import { ANN, forgetAll, hooksOf, openHooked, reached } from './open-hooked.js';

/** What modules hang in, and who hears what they throw. */
export function hooksSuite(makeDatabase: MakeDatabase): void {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await makeDatabase();
    forgetAll();
  });
  afterEach(() => database[Symbol.asyncDispose]());
  const open = (modules: Readonly<Record<string, string>> = { a: hooksOf('a') }) =>
    openHooked(modules, { databaseUrl: database.url });

  describe('hooks', () => {
    test('hear a job from its push to its end, each with what it is about', async () => {
      await using hooked = await open();
      const { number } = await hooked.manager.push('A job', 'work', { at: 1 }, { userId: 'ann', key: 'k' });
      await hooked.manager.pause(number, { user: ANN });
      await hooked.manager.resume(number, { user: ANN });
      await hooked.tick();
      await hooked.told();
      expect(reached.heard.map(([, name]) => name)).toEqual([
        ...['beforePush', 'beforeUpdate', 'afterUpdate', 'beforeUpdate', 'afterUpdate', 'finished'],
      ]);
      const [push, before, after, , , finished] = reached.heard.map(([, , event]) => event);
      expect(push).toMatchObject({ job: { name: 'A job', type: 'work', data: { at: 1 }, userId: 'ann', key: 'k' } });
      expect(before).toMatchObject({ job: { number, status: 'new' }, action: 'pause', user: ANN });
      expect(after).toMatchObject({ job: { number, status: 'paused' }, action: 'pause', user: ANN });
      expect(finished).toMatchObject({
        job: {
          number,
          name: 'A job',
          status: 'success',
          userId: 'ann',
          error: undefined,
          finishedAt: expect.any(String),
        },
      });
    });

    test('hear a cancel before and after it, and the end it is', async () => {
      await using hooked = await open();
      const number = await hooked.push();
      await hooked.manager.cancel(number);
      await hooked.told();
      expect(reached.heard.map(([, name]) => name)).toEqual(['beforePush', 'beforeCancel', 'afterCancel', 'finished']);
      expect(reached.heard[1]?.[2]).toMatchObject({ job: { status: 'new' } });
      expect(reached.heard[2]?.[2]).toMatchObject({ job: { status: 'cancelled' } });
      expect(reached.heard[3]?.[2]).toMatchObject({ job: { number, status: 'cancelled' } });
    });

    test('are asked by the name of their module, and all of them', async () => {
      await using hooked = await open({ zebra: hooksOf('zebra'), ant: hooksOf('ant'), mole: hooksOf('mole') });
      await hooked.push();
      expect(hooked.heardOf('beforePush')).toEqual(['ant', 'mole', 'zebra']);
      await hooked.tick();
      await hooked.told();
      expect(hooked.heardOf('finished').sort()).toEqual(['ant', 'mole', 'zebra']);
    });

    test('may be classes, with services injected and an instance for each call', async () => {
      const source = `{
        services: { counter: class { count = 0 } },
        hook: { beforePush: pm.inject('counter') && (() => {
          class Count { constructor(counter) { this.counter = counter; }
            handle({ job }) { globalThis.reachedByHooks.hear('a', 'beforePush', { job, count: ++this.counter.count, user: this }); } }
          pm.inject('counter')(Count, undefined, 0);
          return Count;
        })() },
      }`;
      await using hooked = await open({ a: source });
      await hooked.push();
      await hooked.push();
      const events = reached.heard.map(([, , event]) => event as unknown as { count: number; user: unknown });
      expect(events.map(({ count }) => count)).toEqual([1, 2]);
      expect(events[0]?.user).not.toBe(events[1]?.user);
    });

    test.each<[string, (hooked: Awaited<ReturnType<typeof open>>, number: number) => Promise<unknown>, object]>([
      ['beforePush', (hooked) => hooked.push(), { status: 'new', count: 1 }],
      ['beforePush', (hooked) => hooked.manager.pushMany([{ name: 'A', type: 'work' }]), { status: 'new', count: 1 }],
      ['beforeUpdate', (hooked, number) => hooked.manager.pause(number), { status: 'new', count: 1 }],
      ['beforeCancel', (hooked, number) => hooked.manager.cancel(number), { status: 'new', count: 1 }],
    ])('that throw in %s refuse: the caller hears it, and nothing was changed', async (name, act, unchanged) => {
      await using hooked = await open({ a: hooksOf('a'), b: hooksOf('b') });
      const number = await hooked.push();
      reached.heard = [];
      reached.react = ([module, each]) => {
        if (module === 'a' && each === name) throw new Error('Not on Sundays.');
      };
      await expect(act(hooked, number)).rejects.toMatchObject({
        ...{ code: 'refused_by_hook', status: 422 },
        message: expect.stringContaining('Not on Sundays.'),
      });
      const { status } = await hooked.job(number);
      expect({ status, count: (await hooked.manager.find()).total }).toEqual(unchanged);
      expect(reached.heard.map(([module]) => module)).toEqual(['a']);
    });

    test('that throw an error of ours refuse with it', async () => {
      await using hooked = await open();
      reached.react = () => {
        throw new ForbiddenError('Ask the office.');
      };
      await expect(hooked.push()).rejects.toThrow(ForbiddenError);
    });

    test('that throw afterwards are logged, change nothing, and keep it from no other', async () => {
      await using hooked = await open({ a: hooksOf('a'), b: hooksOf('b') });
      reached.react = ([, name]) => {
        if (name.startsWith('after') || name === 'finished') throw new Error('The mail server is away.');
      };
      const number = await hooked.push();
      await hooked.manager.pause(number);
      await hooked.manager.cancel(number);
      await hooked.told();
      expect((await hooked.job(number)).status).toBe('cancelled');
      for (const name of ['afterUpdate', 'afterCancel', 'finished'] as const)
        expect(hooked.heardOf(name).sort()).toEqual(['a', 'b']);
      expect(hooked.logged.filter(({ message }) => message.startsWith('a hook failed'))).toHaveLength(6);
      await hooked.telling.catchUp();
      expect(hooked.heardOf('finished')).toHaveLength(2);
    });

    test('are not asked about what the status does not offer', async () => {
      await using hooked = await open();
      const number = await hooked.push();
      await hooked.manager.cancel(number);
      await hooked.told();
      reached.heard = [];
      await expect(hooked.manager.cancel(number)).rejects.toMatchObject({ code: 'action_not_offered' });
      expect(reached.heard).toEqual([]);
    });
  });

  describe('finished', () => {
    test('is told each end of a job that is tried again, once', async () => {
      await using hooked = await open();
      reached.slice = () => {
        throw new Error('on purpose');
      };
      const number = await hooked.push({ userId: 'ann' });
      await hooked.tick();
      await hooked.manager.retry(number);
      await hooked.manager.cancel(number);
      await hooked.manager.retry(number);
      reached.slice = () => true;
      await hooked.tick();
      await hooked.told();
      const ends = reached.heard.filter(([, name]) => name === 'finished').map(([, , event]) => event.job);
      expect(ends.map((job) => ('status' in job ? job.status : '')).sort()).toEqual(['cancelled', 'error', 'success']);
    });

    test('is told by another process what a killed one could not tell, once', async () => {
      await using ending = await openHooked({}, { databaseUrl: database.url });
      await using hooked = await open();
      await hooked.telling.catchUp();
      const number = await ending.push();
      await ending.tick();
      expect((await ending.job(number)).status).toBe('success');
      expect(hooked.heardOf('finished')).toEqual([]);
      await hooked.telling.catchUp();
      await hooked.telling.catchUp();
      expect(hooked.heardOf('finished')).toEqual(['a']);
    });

    test('is told again when the process that was telling it died, and not while it lives', async () => {
      await using hooked = await openHooked({ a: hooksOf('a') }, { databaseUrl: database.url, leaseMs: 300 });
      await using other = await openHooked({ a: hooksOf('a') }, { databaseUrl: database.url, leaseMs: 300 });
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      reached.react = ([, name]) => (name === 'finished' ? held : undefined);
      await hooked.push();
      await hooked.tick();
      await hooked.telling.noted();
      await sleep(700);
      await other.telling.catchUp();
      expect(hooked.heardOf('finished')).toEqual(['a']);
      release();
      await hooked.told();
      await hooked.knex('progress_told').update({ due_at: '2000-01-01 00:00:00.000' });
      await other.telling.catchUp();
      await other.telling.catchUp();
      expect(hooked.heardOf('finished')).toEqual(['a', 'a']);
    });

    test('is told nothing of what ended before its module came, and all 120 ends since', async () => {
      await using before = await openHooked({}, { databaseUrl: database.url });
      await before.push();
      await before.tick();
      await sleep(5);
      await using hooked = await open();
      await hooked.telling.catchUp();
      for (let at = 0; at < 120; at++) await before.push();
      while ((await before.tick()) > 0);
      await hooked.telling.catchUp();
      expect(hooked.heardOf('finished')).toHaveLength(120);
    });
  });
}
