import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Decision } from '../../core/contracts/schedule-store.js';
import { KnexScheduleStore } from '../../core/store/knex-schedule-store.js';
import { newJob } from './contract/samples.js';
import { type OpenDatabase, StoreUnderTest } from './contract/store-under-test.js';

const NIGHTLY = { key: 'nightly', cron: '0 3 * * *', timeZone: 'UTC', module: 'reports', type: 'report' };

/** What a store of schedules promises, on any database. */
export function scheduleStoreContract(openEmpty: OpenDatabase): void {
  const under = new StoreUnderTest();
  let store: KnexScheduleStore;

  beforeAll(async () => {
    await under.open(openEmpty);
    store = new KnexScheduleStore(under.database);
  });
  beforeEach(async () => {
    await under.empty();
    for (const table of ['progress_schedule', 'progress_schedule_tick']) await under.database.knex(table).delete();
    await store.declare(NIGHTLY);
    under.pass(10_000);
  });
  afterAll(() => under.close());

  const pushing = (tick: string, changes = {}): Decision => ({ tick, job: newJob({ type: 'report', ...changes }) });
  const outcomeOf = async (decision: Decision, schedule = {}, keepMs = 0) =>
    (await store.decide({ ...NIGHTLY, ...schedule }, decision, keepMs)).outcome;
  const counts = async () => ({
    ticks: (await under.database.knex('progress_schedule_tick')).length,
    jobs: (await under.database.knex('progress_manager')).length,
  });

  describe('a run', () => {
    test('is decided with its job', async () => {
      const decision = pushing(under.fromNow(-1000));
      expect(await store.decide(NIGHTLY, decision, 0)).toEqual({ outcome: 'pushed', number: expect.any(Number) });
      expect(await counts()).toEqual({ ticks: 1, jobs: 1 });
      expect((await store.list()).list[0]).toMatchObject({
        decidedUntil: decision.tick,
        last: { tick: decision.tick },
      });
    });

    test('of this very moment is due', async () => {
      expect(await outcomeOf(pushing(under.now))).toBe('pushed');
    });

    test.each([
      ['that is not due yet', () => ({ tick: under.fromNow(1) })],
      ['that is decided', () => ({ tick: under.fromNow(-5000) })],
      ['before one that is decided', () => ({ tick: under.fromNow(-6000) })],
      ['before the schedule was there', () => ({ tick: under.fromNow(-20_000) })],
      ['of other times', () => ({ tick: under.fromNow(-1000), cron: '0 4 * * *' })],
      ['of another zone', () => ({ tick: under.fromNow(-1000), timeZone: 'Europe/Berlin' })],
      ['of a schedule that is not there', () => ({ tick: under.fromNow(-1000), key: 'weekly' })],
    ])("%s is nobody's to decide, and leaves nothing", async (_, given) => {
      await outcomeOf(pushing(under.fromNow(-5000)));
      const { tick, ...schedule } = given() as { tick: string };
      expect(await outcomeOf(pushing(tick), schedule)).toBe('passed');
      expect(await counts()).toEqual({ ticks: 1, jobs: 1 });
    });

    test("of a paused schedule is nobody's to decide", async () => {
      await store.pause('nightly');
      expect(await outcomeOf(pushing(under.now))).toBe('passed');
      expect(await counts()).toEqual({ ticks: 0, jobs: 0 });
    });

    test('that was decided before the clock was put back is passed', async () => {
      const tick = under.fromNow(-1000);
      await outcomeOf(pushing(tick));
      await under.database.knex('progress_schedule').update({ decided_until: '2020-01-01 00:00:00.000' });
      expect(await outcomeOf(pushing(tick))).toBe('passed');
      expect(await counts()).toEqual({ ticks: 1, jobs: 1 });
    });

    test('is decided by one of ten at once, with one job', async () => {
      const tick = under.fromNow(-1000);
      const outcomes = await Promise.all(Array.from({ length: 10 }, () => outcomeOf(pushing(tick))));
      expect(outcomes.sort()).toEqual([...Array.from({ length: 9 }, () => 'passed'), 'pushed']);
      expect(await counts()).toEqual({ ticks: 1, jobs: 1 });
    });

    test('whose key is held is skipped and names the holder', async () => {
      const { number } = await under.push({ type: 'report', key: 'k' });
      const skipped = await store.decide(NIGHTLY, pushing(under.now, { key: 'k' }), 0);
      expect(skipped).toEqual({ outcome: 'skipped', reason: `Job ${number} holds its key and has not ended.` });
      expect((await store.list()).list[0]?.last).toEqual({
        ...{ tick: under.now, outcome: 'skipped', reason: `Job ${number} holds its key and has not ended.` },
        job: undefined,
      });
    });

    test('that failed is told with its error, until one does not', async () => {
      await store.decide(NIGHTLY, { tick: under.fromNow(-2), outcome: 'failed', reason: 'Refused.' }, 0);
      expect((await store.list()).list[0]).toMatchObject({
        ...{ error: { message: 'Refused.', at: under.now }, last: { outcome: 'failed', reason: 'Refused.' } },
      });
      await outcomeOf(pushing(under.fromNow(-1)));
      expect((await store.list()).list[0]).toMatchObject({ error: undefined, last: { outcome: 'pushed' } });
    });

    test('that could not be pushed yet is told with its error, and one that was after all is not', async () => {
      await store.noteError('nightly', under.now, 'Away.');
      expect((await store.list()).list[0]?.error).toEqual({ message: 'Away.', at: under.now });
      await outcomeOf(pushing(under.now));
      await store.noteError('nightly', under.now, 'Away.');
      expect((await store.list()).list[0]?.error).toBeUndefined();
    });

    test('of long ago is forgotten, its job is not', async () => {
      await outcomeOf(pushing(under.fromNow(-5000)));
      under.pass(60_000);
      expect(await outcomeOf(pushing(under.now), {}, 60_000)).toBe('pushed');
      expect(await counts()).toEqual({ ticks: 1, jobs: 2 });
    });
  });

  describe('a schedule', () => {
    const decidedUntil = async () => (await store.look(['nightly'])).states.get('nightly')?.decidedUntil;

    test('that is declared again as it was keeps its place', async () => {
      const before = await decidedUntil();
      await store.declare({ ...NIGHTLY, module: 'others', type: 'other' });
      expect(await decidedUntil()).toBe(before);
      expect((await store.list()).list).toMatchObject([{ module: 'others', type: 'other' }]);
    });

    test.each([{ cron: '0 4 * * *' }, { timeZone: 'Europe/Berlin' }])('with %j begins now', async (change) => {
      await store.declare({ ...NIGHTLY, ...change });
      expect(await decidedUntil()).toBe(under.now);
    });

    test('begins now when it is resumed, unless all is caught up, and not when it was not paused', async () => {
      const before = await decidedUntil();
      await store.resume('nightly', false);
      expect(await decidedUntil()).toBe(before);
      await store.pause('nightly');
      await store.resume('nightly', true);
      expect(await decidedUntil()).toBe(before);
      await store.pause('nightly');
      await store.resume('nightly', false);
      expect(await decidedUntil()).toBe(under.now);
    });

    test('that is not there can be neither paused nor resumed', async () => {
      expect([await store.pause('weekly'), await store.resume('weekly', false)]).toEqual([false, false]);
      expect((await store.look(['weekly'])).states.size).toBe(0);
    });

    test('the clock is told also where there is none', async () => {
      await under.database.knex('progress_schedule').delete();
      expect(await store.look(['nightly'])).toEqual({ now: under.now, states: new Map() });
      expect(await store.list()).toEqual({ now: under.now, list: [] });
    });
  });
}
