import { setTimeout as sleep } from 'node:timers/promises';
import { KeyBusyError, ScheduleGoneError, ScheduleNotFoundError } from 'progress-manager';
import { describe, expect, test, vi } from 'vitest';
import { StandingJobs } from '../../core/store/standing-jobs.js';
import { brokenConnection } from '../support/database-fault.js';
import { until as untilWithin } from '../support/until.js';
import { Place } from './place.js';

/** For a busy machine. */
const until: typeof untilWithin = (what, condition) => untilWithin(what, condition, 15_000);

const NIGHTLY = { cron: '0 3 * * *', type: 'report' } as const;

/** What a schedule promises, on any database. */
export function schedulingSuite(url: () => string | undefined): void {
  const open = () => Place.open(url());

  describe('a schedule', () => {
    test('begins with the first run after a worker has seen it, and pushes one job for each', async () => {
      await using place = await open();
      const worker = await place.worker({ nightly: { ...NIGHTLY, data: { day: 1 }, userId: 'ann', priority: 2 } });
      place.at('2026-01-01T12:00Z');
      await worker.look();
      for (const time of ['2026-01-02T02:59:59.999Z', '2026-01-02T03:00:00Z', '2026-01-02T03:00:30Z']) {
        place.at(time);
        await worker.look();
        expect(await place.pushed('nightly')).toEqual(time < '2026-01-02T03' ? [] : ['2026-01-02T03:00']);
      }
      place.at('2026-01-03T03:00Z');
      await worker.look();
      const jobs = await place.jobs();
      expect(jobs).toHaveLength(2);
      expect(jobs[0]).toMatchObject({ name: 'Nightly', type: 'report', created_by_id: 'ann', priority: 2 });
      expect(JSON.parse(jobs[0]?.data ?? '')).toEqual({ day: 1 });
      expect((await place.ticks('nightly')).map(({ job_id }) => job_id)).toEqual(jobs.map(({ id }) => id));
    });

    test('is named by the jobs that it pushes, by the clock and by hand, and by no others', async () => {
      await using place = await open();
      const worker = await place.worker({ nightly: { ...NIGHTLY, next: { name: 'After', type: 'report' } } });
      await worker.look();
      place.at('2026-01-02T03:00Z');
      await worker.look();
      const pushed = await worker.manager.runScheduleNow('nightly');
      const other = await worker.manager.push('Other', 'report');
      const { list } = await worker.manager.find({ type: ['report'] });
      expect(list.map(({ name, schedule }) => [name, schedule]).toSorted()).toEqual([
        ['After', undefined],
        ['After', undefined],
        ['Nightly', 'nightly'],
        ['Nightly', 'nightly'],
        ['Other', undefined],
      ]);
      expect((await worker.manager.get(pushed.id))?.schedule).toBe('nightly');
      await worker.manager.cancel(pushed.id);
      const again = await worker.manager.runAgain(pushed.id);
      expect((await worker.manager.get(again.id))?.schedule).toBeUndefined();
      expect((await worker.manager.get(other.id))?.schedule).toBeUndefined();
    });

    test('asks a data function for each run, with its nominal time', async () => {
      await using place = await open();
      const data = vi.fn(async ({ schedule, time }) => ({ schedule, time }));
      const worker = await place.worker({
        nightly: { ...NIGHTLY, timeZone: 'Europe/Berlin', name: 'Of the night', data },
      });
      await worker.look();
      place.at('2026-01-01T02:00:40Z');
      await worker.look();
      const [job] = await place.jobs();
      expect(job?.name).toBe('Of the night');
      expect(JSON.parse(job?.data ?? '')).toEqual({ schedule: 'nightly', time: '2026-01-01T02:00:00.000Z' });
      expect(data).toHaveBeenCalledTimes(1);
    });

    test('brings with each job what follows it, in one commit', async () => {
      await using place = await open();
      const next = [
        {
          name: 'Mail',
          type: 'strict',
          data: { day: 'x' },
          options: { userId: 'ben', next: { name: 'End', type: 'report' } },
        },
        { name: 'File', type: 'prepared' },
      ];
      const worker = await place.worker({ nightly: { ...NIGHTLY, next } });
      await worker.look();
      for (const day of [2, 3]) {
        place.at(`2026-01-0${day}T03:00Z`);
        await worker.look();
      }
      expect(await place.pushed('nightly')).toEqual(['2026-01-02T03:00', '2026-01-03T03:00']);
      const jobs = await place.jobs();
      const waiting = jobs.map(({ name, waits_for }) => [name, jobs.find(({ number }) => number === waits_for)?.name]);
      const run = [
        ['Nightly', undefined],
        ['Mail', 'Nightly'],
        ['File', 'Nightly'],
        ['End', 'Mail'],
      ];
      expect(waiting.toSorted()).toEqual([...run, ...run].toSorted());
      expect(jobs.find(({ name }) => name === 'Mail')).toMatchObject({ created_by_id: 'ben', data: '{"day":"x"}' });
      const pushed = await worker.manager.runScheduleNow('nightly');
      expect(await worker.manager.find({ status: ['new'], type: ['strict'] })).toMatchObject({ total: 3 });
      expect((await worker.manager.find({})).list.filter(({ waitsFor }) => waitsFor === pushed.number)).toHaveLength(2);
    });

    test.each(['the first look', 'a look that came too early'])(
      'is skipped as a whole while one of them has its key: %s',
      async (seen) => {
        await using place = await open();
        const next = { name: 'File', type: 'prepared', options: { key: 'the-file' } };
        const worker = await place.worker({ nightly: { ...NIGHTLY, next } });
        await worker.look();
        place.at('2026-01-02T03:00Z');
        const held = await worker.manager.push('Other', 'prepared', {}, { key: 'the-file' });
        const looks = seen === 'the first look' ? undefined : vi.spyOn(StandingJobs.prototype, 'of');
        looks?.mockResolvedValueOnce(new Map()).mockResolvedValueOnce(new Map());
        try {
          await worker.look();
        } finally {
          looks?.mockRestore();
        }
        const reason = 'An unfinished job holds the key "the-file" of a job that was to follow.';
        expect(await place.ticks('nightly')).toMatchObject([{ outcome: 'skipped', reason, job_id: null }]);
        expect((await worker.view('nightly')).error).toBeUndefined();
        expect(await place.jobs()).toHaveLength(1);
        expect(await place.knex('progress_upload')).toHaveLength(1);
        await expect(worker.manager.runScheduleNow('nightly')).rejects.toThrow(KeyBusyError);
        await worker.manager.cancel(held.id);
        place.at('2026-01-03T03:00Z');
        await worker.look();
        expect(await place.pushed('nightly')).toEqual(['2026-01-03T03:00']);
      },
    );

    test('is run once by two workers that look in the same moment, and nothing is left of the other', async () => {
      await using place = await open();
      const schedules = Object.fromEntries(
        Array.from({ length: 10 }, (_, index) => [`s${index}`, { ...NIGHTLY, type: 'prepared' }]),
      );
      const workers = [await place.worker(schedules), await place.worker(schedules), await place.worker(schedules)];
      await Promise.all(workers.map(({ look }) => look()));
      for (const day of [2, 3, 4]) {
        place.at(`2026-01-0${day}T03:00Z`);
        await Promise.all(workers.map(({ look }) => look()));
      }
      expect(await place.jobs()).toHaveLength(30);
      expect(await place.knex('progress_schedule_tick')).toHaveLength(30);
      expect(await place.knex('progress_upload').whereNull('job_id')).toEqual([]);
      expect(await place.knex('progress_upload')).toHaveLength(30);
    });

    test('that left the modules is kept, shown as gone, and runs no more', async () => {
      await using place = await open();
      const before = await place.worker({ nightly: NIGHTLY });
      await before.look();
      place.at('2026-01-01T03:00Z');
      await before.look();
      const after = await place.worker({ other: NIGHTLY });
      place.at('2026-01-05T03:00Z');
      await after.look();
      expect(await place.pushed('nightly')).toEqual(['2026-01-01T03:00']);
      expect(await after.view('nightly')).toMatchObject({ isGone: true, next: [], last: { outcome: 'pushed' } });
      await expect(after.manager.runScheduleNow('nightly')).rejects.toThrow(ScheduleGoneError);
      expect(await after.manager.pauseSchedule('nightly')).toMatchObject({ isPaused: true, isGone: true });
      const again = await place.worker({ nightly: NIGHTLY });
      expect(await again.view('nightly')).toMatchObject({ isPaused: true, isGone: false });
    });

    test('keeps no runs for longer than finished jobs, except the last', async () => {
      await using place = await open();
      const worker = await place.worker({ monthly: { ...NIGHTLY, cron: '0 0 1 * *' } }, { keepDays: 40 });
      await worker.look();
      for (const month of [2, 3, 4, 5]) {
        place.at(`2026-0${month}-01T00:00Z`);
        await worker.look();
      }
      expect(await place.pushed('monthly')).toEqual(['2026-04-01T00:00', '2026-05-01T00:00']);
      expect(await place.jobs()).toHaveLength(4);
    });
  });

  describe('runs that were missed', () => {
    const missing = async (missed: 'latest' | 'none' | 'all' | undefined, cron: string, from: string, to: string) => {
      await using place = await open();
      const worker = await place.worker({ s: { cron, type: 'report', ...(missed && { missed }) } });
      place.at(from);
      await worker.look();
      place.at(to);
      await worker.look();
      await worker.look();
      return { ticks: await place.ticks('s'), last: (await worker.view('s')).last };
    };
    const from = '2026-01-01T12:00Z';

    test('become one job, for the newest of them', async () => {
      const { ticks } = await missing(undefined, '0 3 * * *', from, '2026-01-09T10:00Z');
      expect(ticks).toMatchObject([{ tick: '2026-01-09T03:00', outcome: 'pushed' }]);
    });

    test('become none besides one that is in time', async () => {
      const { ticks } = await missing('latest', '*/5 * * * *', from, '2026-01-09T10:05:20Z');
      expect(ticks).toMatchObject([{ tick: '2026-01-09T10:05', outcome: 'pushed' }]);
    });

    test('pass with "none", which says so; a run that is late by less than a minute was not missed', async () => {
      const missed = await missing('none', '0 3 * * *', from, '2026-01-09T03:01:01Z');
      expect(missed.ticks).toMatchObject([{ tick: '2026-01-09T03:00', outcome: 'skipped' }]);
      expect(missed.last?.reason).toContain('No worker ran');
      const late = await missing('none', '0 3 * * *', from, '2026-01-09T03:00:59Z');
      expect(late.ticks).toMatchObject([{ tick: '2026-01-09T03:00', outcome: 'pushed' }]);
    });

    test('become a job each with "all"', async () => {
      const { ticks } = await missing('all', '0 3 * * *', from, '2026-01-05T03:00:10Z');
      expect(ticks.map(({ tick }) => tick)).toEqual(['02', '03', '04', '05'].map((day) => `2026-01-${day}T03:00`));
    });

    test('become the newest 100 with "all"', async () => {
      const { ticks } = await missing('all', '0 * * * *', from, '2026-01-09T10:30Z');
      expect(ticks).toHaveLength(100);
      expect([ticks[0]?.tick, ticks.at(-1)?.tick]).toEqual(['2026-01-05T07:00', '2026-01-09T10:00']);
    });
  });

  describe('an edited schedule', () => {
    test('runs by its new times from then on; what the old ones had due is gone', async () => {
      await using place = await open();
      const old = await place.worker({ nightly: NIGHTLY });
      await old.look();
      place.at('2026-01-05T10:00Z');
      const edited = await place.worker({ nightly: { ...NIGHTLY, cron: '0 9 * * *', missed: 'all' } });
      await edited.look();
      await edited.look();
      expect(await place.pushed('nightly')).toEqual([]);
      place.at('2026-01-06T09:00Z');
      await edited.look();
      expect(await place.pushed('nightly')).toEqual(['2026-01-06T09:00']);
    });

    test('in another zone is another one, and with other data it is not', async () => {
      await using place = await open();
      await (await place.worker({ nightly: NIGHTLY })).look();
      place.at('2026-01-05T10:00Z');
      const renamed = await place.worker({ nightly: { ...NIGHTLY, name: 'New name', data: { x: 1 } } });
      await renamed.look();
      expect(await place.pushed('nightly')).toEqual(['2026-01-05T03:00']);
      place.at('2026-01-06T10:00Z');
      const moved = await place.worker({ nightly: { ...NIGHTLY, timeZone: 'Asia/Kathmandu' } });
      await moved.look();
      await moved.look();
      expect(await place.pushed('nightly')).toEqual(['2026-01-05T03:00']);
    });

    test('is left alone by workers of the old times, which say so once, until nobody has the new ones', async () => {
      await using place = await open();
      const old = await place.worker({ nightly: NIGHTLY });
      old.scheduler.start();
      await until('the row', () => place.knex('progress_schedule').first());
      const edited = await place.worker({ nightly: { ...NIGHTLY, cron: '30 4 * * *' } });
      await edited.look();
      place.at('2026-01-01T03:00Z');
      await place.knex('progress_schedule').update({ seen_at: '2026-01-01 02:59:00.000' });
      const warnings = () => old.logged.filter(({ level }) => level === 'warn');
      await until('a warning', () => warnings().length > 0);
      await sleep(200);
      expect(await place.pushed('nightly')).toEqual([]);
      expect(warnings()).toMatchObject([
        { fields: { schedule: 'nightly', here: '0 3 * * * UTC', there: '30 4 * * * UTC' } },
      ]);
      place.at('2026-01-01T03:30Z');
      await until(
        'the old times',
        async () => (await place.knex('progress_schedule').first()).cron === '0 3 * * *',
        15_000,
      );
      place.at('2026-01-02T03:00Z');
      await until('a job', async () => (await place.jobs()).length === 1);
      await old.scheduler.stop();
    });
  });

  describe('a paused schedule', () => {
    test.each([
      ['latest', []],
      ['none', []],
      ['all', ['02', '03', '04', '05']],
    ] as const)('with missed: %s makes up for %j when it is resumed', async (missed, days) => {
      await using place = await open();
      const worker = await place.worker({ nightly: { ...NIGHTLY, missed } });
      place.at('2026-01-01T10:00Z');
      await worker.look();
      expect(await worker.manager.pauseSchedule('nightly')).toMatchObject({ isPaused: true, next: [] });
      place.at('2026-01-05T10:00Z');
      await worker.look();
      expect(await place.pushed('nightly')).toEqual([]);
      expect(await worker.manager.resumeSchedule('nightly')).toMatchObject({ isPaused: false });
      await worker.look();
      expect(await place.pushed('nightly')).toEqual(days.map((day) => `2026-01-${day}T03:00`));
      place.at('2026-01-06T03:00Z');
      await worker.look();
      expect((await place.pushed('nightly')).at(-1)).toBe('2026-01-06T03:00');
    });

    test('lets pass what a worker has found due just before', async () => {
      await using place = await open();
      let manager: Awaited<ReturnType<Place['worker']>>['manager'] | undefined;
      const worker = await place.worker({
        nightly: { ...NIGHTLY, data: async () => void (await manager?.pauseSchedule('nightly')) },
      });
      ({ manager } = worker);
      await worker.look();
      place.at('2026-01-02T03:00Z');
      await worker.look();
      expect(await place.jobs()).toEqual([]);
    });

    test('may be one that no worker has seen yet; resumed twice it has lost nothing', async () => {
      await using place = await open();
      const worker = await place.worker({ nightly: NIGHTLY });
      expect(await worker.manager.pauseSchedule('nightly')).toMatchObject({ isPaused: true });
      await worker.look();
      await worker.manager.resumeSchedule('nightly');
      place.at('2026-01-02T03:05Z');
      await worker.manager.resumeSchedule('nightly');
      await worker.look();
      expect(await place.pushed('nightly')).toEqual(['2026-01-02T03:00']);
    });

    test('is not paused when there is none', async () => {
      await using place = await open();
      const { manager } = await place.worker({});
      for (const method of ['pauseSchedule', 'resumeSchedule', 'runScheduleNow'] as const)
        for (const name of ['nope', '💥', "' OR 1=1", 7 as never])
          await expect(manager[method](name)).rejects.toThrow(ScheduleNotFoundError);
    });
  });

  describe('run by hand', () => {
    test('a schedule pushes a job and takes no run, paused or not', async () => {
      await using place = await open();
      const worker = await place.worker({ nightly: { ...NIGHTLY, data: ({ time }) => ({ time }) } });
      await worker.manager.pauseSchedule('nightly');
      place.at('2026-01-01T02:59:30Z');
      const { number, created } = await worker.manager.runScheduleNow('nightly');
      expect([created, (await worker.manager.get(number))?.data]).toEqual([true, { time: '2026-01-01T02:59:30.000Z' }]);
      expect(await worker.view('nightly')).toMatchObject({ last: undefined });
      await worker.manager.resumeSchedule('nightly');
      place.at('2026-01-01T03:00Z');
      await worker.look();
      expect(await place.pushed('nightly')).toEqual(['2026-01-01T03:00']);
    });

    test('it waits for nobody, unless it must not overlap', async () => {
      await using place = await open();
      const { manager } = await place.worker({ nightly: { ...NIGHTLY, overlap: false } });
      const { id } = await manager.runScheduleNow('nightly');
      await expect(manager.runScheduleNow('nightly')).rejects.toMatchObject({ code: 'key_busy', jobId: id });
    });

    test('it is for admins', async () => {
      await using place = await open();
      const { manager } = await place.worker({ nightly: NIGHTLY });
      const as = { user: { id: 'ann', isAdmin: false } };
      await expect(manager.schedules(as)).rejects.toMatchObject({ code: 'forbidden' });
      for (const method of ['pauseSchedule', 'resumeSchedule', 'runScheduleNow'] as const)
        await expect(manager[method]('nightly', as)).rejects.toMatchObject({ code: 'forbidden' });
      expect(await place.jobs()).toEqual([]);
    });
  });

  describe('a run that finds the job before unfinished', () => {
    test.each([
      ['overlap: false', { overlap: false }],
      ['a key', { key: 'the-report' }],
    ])('is skipped with %s, with the reason, once and for all', async (_, options) => {
      await using place = await open();
      const worker = await place.worker({ nightly: { ...NIGHTLY, ...options } });
      await worker.look();
      for (const day of [2, 3]) {
        place.at(`2026-01-0${day}T03:00Z`);
        await worker.look();
      }
      const [job] = await place.jobs();
      const reason = `Job ${job?.number} holds its key and has not ended.`;
      expect(await place.ticks('nightly')).toMatchObject([
        { tick: '2026-01-02T03:00', outcome: 'pushed' },
        { tick: '2026-01-03T03:00', outcome: 'skipped', reason, job_id: null },
      ]);
      expect((await worker.view('nightly')).last).toMatchObject({ outcome: 'skipped', reason, job: undefined });
      await worker.manager.cancel(Number(job?.number));
      await worker.look();
      expect(await place.jobs()).toHaveLength(1);
      place.at('2026-01-04T03:00Z');
      await worker.look();
      expect(await place.jobs()).toHaveLength(2);
    });

    test('pushes another one otherwise', async () => {
      await using place = await open();
      const worker = await place.worker({ nightly: NIGHTLY });
      await worker.look();
      for (const day of [2, 3]) {
        place.at(`2026-01-0${day}T03:00Z`);
        await worker.look();
      }
      expect(await place.jobs()).toHaveLength(2);
    });

    test('leaves nothing of what was prepared for it', async () => {
      await using place = await open();
      const worker = await place.worker({ nightly: { ...NIGHTLY, type: 'prepared', overlap: false } });
      await worker.look();
      for (const day of [2, 3]) {
        place.at(`2026-01-0${day}T03:00Z`);
        await worker.look();
      }
      expect(await place.knex('progress_upload')).toHaveLength(1);
    });
  });

  describe('a push that goes wrong', () => {
    test('and would again is given up: the run failed, the schedule says why, the next run is tried', async () => {
      await using place = await open();
      let data: object = { day: 7 };
      const worker = await place.worker({
        nightly: { cron: '0 3 * * *', type: 'strict', data: () => data },
        other: NIGHTLY,
      });
      await worker.look();
      place.at('2026-01-02T03:00Z');
      await worker.look();
      expect(await place.pushed('other')).toHaveLength(1);
      const failed = await worker.view('nightly');
      expect(failed.last).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('day') });
      expect(failed.error).toEqual({ message: failed.last?.reason, at: '2026-01-02T03:00:00.000Z' });
      expect(worker.logged).toContainEqual(
        expect.objectContaining({ level: 'error', message: expect.stringContaining('given up') }),
      );
      data = { day: 'Saturday' };
      place.at('2026-01-02T03:00:50Z');
      await worker.look();
      expect(await place.pushed('nightly')).toEqual([]);
      place.at('2026-01-03T03:00Z');
      await worker.look();
      expect(await worker.view('nightly')).toMatchObject({ error: undefined, last: { outcome: 'pushed' } });
    });

    test('and may not the next time is tried again, and is shown meanwhile', async () => {
      await using place = await open();
      let tries = 0;
      const data = () => {
        if (++tries < 3) throw new Error(`The shop did not answer (${tries}).`);
        return {};
      };
      const worker = await place.worker({ nightly: { ...NIGHTLY, data }, other: NIGHTLY });
      await worker.look();
      place.at('2026-01-02T03:00Z');
      worker.scheduler.start();
      await until('an error', async () => (await worker.view('nightly')).error?.message.includes('did not answer'));
      await until('the other', async () => (await place.pushed('other')).length === 1);
      await until('a job', async () => (await place.pushed('nightly')).length === 1);
      expect(tries).toBe(3);
      expect((await worker.view('nightly')).error).toBeUndefined();
      await worker.scheduler.stop();
    });

    test('because a type is not here leaves the run to workers that have it', async () => {
      await using place = await open();
      const without = await place.worker({ nightly: NIGHTLY });
      await without.look();
      const registry = (without as unknown as { manager: { parts: { registry: { types: Map<string, unknown> } } } })
        .manager.parts.registry;
      registry.types.delete('report');
      place.at('2026-01-02T03:00Z');
      await without.look();
      expect(await place.ticks('nightly')).toEqual([]);
      expect((await without.view('nightly')).error?.message).toContain('no job type "report"');
      await (await place.worker({ nightly: NIGHTLY })).look();
      expect(await place.pushed('nightly')).toEqual(['2026-01-02T03:00']);
    });

    test('while the database is away does not end the scheduler: it pushes when the database is back', async () => {
      await using place = await open();
      const worker = await place.worker({ nightly: NIGHTLY });
      worker.scheduler.start();
      await until('the row', () => place.knex('progress_schedule').first());
      const away = vi.spyOn(worker.database, 'rows').mockImplementation(brokenConnection);
      place.at('2026-01-02T03:00Z');
      await until('a log line', () => worker.logged.some(({ message }) => message.includes('could not be looked at')));
      away.mockRestore();
      await until('a job', async () => (await place.jobs()).length === 1);
      await worker.scheduler.stop();
    });

    test('when its answer was lost has counted once', async () => {
      await using place = await open();
      const worker = await place.worker({ nightly: { ...NIGHTLY, type: 'prepared' } });
      await worker.look();
      place.at('2026-01-02T03:00Z');
      const { knex } = worker.database;
      const transaction = knex.transaction.bind(knex) as (work: never) => Promise<unknown>;
      const spy = vi.spyOn(knex, 'transaction').mockImplementationOnce((async (work: never) => {
        await transaction(work);
        return brokenConnection();
      }) as never);
      await worker.look();
      spy.mockRestore();
      expect((await worker.view('nightly')).error).toBeUndefined();
      await sleep(1100);
      await worker.look();
      await (await place.worker({ nightly: { ...NIGHTLY, type: 'prepared' } })).look();
      expect(await place.pushed('nightly')).toEqual(['2026-01-02T03:00']);
      expect(await place.jobs()).toHaveLength(1);
      expect(await place.knex('progress_upload')).toMatchObject([{ job_id: expect.any(String) }]);
    });

    test('between the run and its job leaves neither', async () => {
      await using place = await open();
      const worker = await place.worker({ nightly: NIGHTLY });
      await worker.look();
      place.at('2026-01-02T03:00Z');
      const rows = worker.database.rows.bind(worker.database);
      const spy = vi
        .spyOn(worker.database, 'rows')
        .mockImplementation((sql, ...rest) =>
          sql.includes('INSERT INTO progress_manager') ? brokenConnection() : rows(sql, ...rest),
        );
      await worker.look();
      spy.mockRestore();
      expect(await place.ticks('nightly')).toEqual([]);
      expect(await place.jobs()).toEqual([]);
      await (await place.worker({ nightly: NIGHTLY })).look();
      expect(await place.pushed('nightly')).toEqual(['2026-01-02T03:00']);
    });
  });

  test('a database whose clock was put back repeats no run', async () => {
    await using place = await open();
    const worker = await place.worker({ nightly: NIGHTLY });
    await worker.look();
    place.at('2026-01-03T03:00Z');
    await worker.look();
    place.at('2026-01-01T12:00Z');
    const edited = await place.worker({ nightly: { ...NIGHTLY, cron: '0 3 * * 0-6', missed: 'all' } });
    await edited.look();
    place.at('2026-01-03T03:00Z');
    await edited.look();
    expect(await place.pushed('nightly')).toEqual(['2026-01-02T03:00', '2026-01-03T03:00']);
    expect(await place.jobs()).toHaveLength(2);
  });

  test('the list tells what there is, the last and the next five runs', async () => {
    await using place = await open();
    const worker = await place.worker({
      nightly: { ...NIGHTLY, timeZone: 'Europe/Berlin' },
      hourly: { ...NIGHTLY, cron: '@hourly' },
    });
    await worker.look();
    place.at('2026-03-27T02:00Z');
    await worker.look();
    const [hourly, nightly] = await worker.manager.schedules();
    expect(hourly?.name).toBe('hourly');
    const [job] = (await place.ticks('nightly')).map(({ job_id }) => job_id);
    expect(nightly).toEqual({
      ...{ name: 'nightly', module: 'reports', type: 'report', cron: '0 3 * * *', timeZone: 'Europe/Berlin' },
      ...{ inWords: 'At 03:00', isPaused: false, isGone: false, error: undefined },
      last: {
        ...{ tick: '2026-03-27T02:00:00.000Z', outcome: 'pushed', reason: undefined },
        job: { id: job, number: expect.any(Number), status: 'new' },
      },
      next: ['03-28T02', '03-29T01', '03-30T01', '03-31T01', '04-01T01'].map((hour) => `2026-${hour}:00:00.000Z`),
    });
    const removed = () => worker.view('nightly').then(({ last }) => last);
    await place.knex('progress_manager').update({ deleted: 1 });
    expect(await removed()).toMatchObject({ outcome: 'pushed', job: undefined });
    await place.knex('progress_manager').delete();
    expect(await removed()).toMatchObject({ outcome: 'pushed', job: undefined });
  });
}
