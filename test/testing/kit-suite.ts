import { setTimeout as sleep } from 'node:timers/promises';
import {
  bootForTests,
  killAfter,
  killAtStatement,
  NotStruckError,
  type TestBootOptions,
} from 'progress-manager/testing';
import { describe, expect, test } from 'vitest';
import { begun, copied, HELD_BACK, HOURLY, held, MODULES, makeTable, NAMES } from './modules.js';

/**
 * What `progress-manager/testing` must show on every kind of database; `databaseUrl` gives an empty one each time, and a
 * sweep takes every so many-th statement.
 */
export function describeKit(options: Pick<TestBootOptions, 'databaseUrl'> = {}, every = 1): void {
  const boot = (more: TestBootOptions = {}) => bootForTests({ modules: MODULES, ...options, ...more });

  describe('runJob', () => {
    test('gives the ended job, its slices, its files and what was logged', async () => {
      await using kit = await boot();
      await makeTable(kit);
      const { job, slices, files, logged, deaths } = await kit.runJob('copy', NAMES, { userId: 'u1', name: 'Copy' });
      expect(job).toMatchObject({ status: 'success', name: 'Copy', userId: 'u1', result: { copied: 2 } });
      expect(slices).toMatchObject([
        { outcome: 'recorded', offset: 1, progress: 50, status: 'in_progress', message: 'Copied a' },
        {
          outcome: 'recorded',
          offset: 2,
          progress: 100,
          status: 'success',
          message: 'Copied b',
          result: { copied: 2 },
        },
      ]);
      expect(files).toEqual({ 'names.txt': 'a\nb\n' });
      expect(logged).toMatchObject([{ level: 'info', message: 'job ended' }]);
      expect(deaths).toBe(0);
      expect(await copied(kit)).toEqual(['a', 'b']);
    });

    test('waits for nothing: the clock moves over "not now", pauses before another try, and run times', async () => {
      await using kit = await boot({ startAt: '2030-01-01T00:00:00Z' });
      const begunAt = performance.now();
      const { slices } = await kit.runJob('steps');
      expect(slices.map(({ outcome }) => outcome)).toEqual(['recorded', 'not_now', 'recorded', 'recorded']);
      expect(kit.clock.now.toISOString()).toBe('2030-01-01T00:00:01.000Z');
      const none = undefined;
      expect(slices.map(({ dueAt }) => dueAt)).toEqual([none, '2030-01-01T00:00:01.000Z', none, none]);

      const tried = await kit.runJob('tries');
      expect(tried.slices.map(({ outcome }) => outcome)).toEqual(['tried_again', 'tried_again', 'recorded']);
      expect(tried.job).toMatchObject({ status: 'success', attempt: 3 });

      const later = await kit.runJob('whole', {}, { runAt: '2031-05-05T05:05:05Z' });
      expect(later.job).toMatchObject({ result: 'done', finishedAt: '2031-05-05T05:05:05.000Z' });
      expect(performance.now() - begunAt).toBeLessThan(10_000);
    });

    test('leaves the clock to a test that says so, and goes on where it was', async () => {
      await using kit = await boot({ startAt: '2030-01-01T00:00:00Z' });
      const waiting = await kit.runJob('steps', {}, { moveClock: false });
      expect(waiting.job).toMatchObject({ status: 'in_progress', offset: 1, dueAt: '2030-01-01T00:00:01.000Z' });
      kit.clock.advance(999);
      expect((await kit.carry(waiting.job.number, { moveClock: false })).slices).toEqual([]);
      kit.clock.advance(1);
      expect((await kit.carry(waiting.job.number, { moveClock: false })).job.status).toBe('success');
    });

    test('ends with a sentence for a job that has no end', async () => {
      await using kit = await boot();
      await expect(kit.runJob('endless', {}, { mostSlices: 20 })).rejects.toThrow(
        /^Job 1 \(endless\) has not ended after 20 slices\. The last slice: recorded, offset 21.*advance\(n, n\)/,
      );
      await expect(kit.runJob('never', {}, { mostSlices: 20 })).rejects.toThrow(/20 slices\. The last slice: not_now/);
    });

    test('gives a job back that rests, and says so of one that nothing moves', async () => {
      await using kit = await boot();
      const { number } = await kit.push('pausing');
      await kit.progressManager.pause(number);
      expect(await kit.carry(number)).toMatchObject({ job: { status: 'paused' }, slices: [] });
      await kit.progressManager.resume(number);
      expect((await kit.carry(number)).job.status).toBe('success');

      const stuck = await kit.push('steps');
      await kit.knex('progress_manager').where({ number: stuck.number }).update({ due_at: null });
      await expect(kit.carry(stuck.number)).rejects.toThrow(/nothing moves it: no job of this test is due/);
      await expect(kit.carry(99)).rejects.toThrow('There is no job 99 to carry.');
    });
  });

  describe('a job that is held back', () => {
    test('by its throttle goes on when that is over by the clock of the test', async () => {
      await using kit = await boot({ modules: HELD_BACK, startAt: '2030-01-01T00:00:00Z' });
      held.ms = 4999.4;
      const waiting = await kit.runJob('throttled', {}, { moveClock: false });
      expect(waiting.job.status).toBe('new');
      expect(held.askedAt).toBe('2030-01-01T00:00:00.000Z');
      held.ms = 0;
      expect((await kit.carry(waiting.job.number)).job.status).toBe('success');
      expect(kit.clock.now.toISOString()).toBe('2030-01-01T00:00:05.000Z');
      held.ms = 60_000;
      const { job } = await kit.runJob('throttled', {}, { moveClock: false });
      expect(job.status, 'its throttle was asked anew').toBe('new');
      held.ms = undefined;
      kit.clock.advance(60_000);
      expect((await kit.carry(job.number, { moveClock: false })).job.status).toBe('success');
    });

    test('by a throttle that never ends is told as such', async () => {
      await using kit = await boot({ modules: HELD_BACK });
      held.ms = 5000;
      await expect(kit.runJob('throttled', {}, { mostSlices: 20 })).rejects.toThrow(
        /^Job 1 \(throttled\) was not begun in 20 passes\. Jobs of the type "throttled" are throttled until /,
      );
    });

    test('by the rate of its type begins when the next may', async () => {
      await using kit = await boot({ modules: HELD_BACK, startAt: '2030-01-01T00:00:00Z' });
      for (const after of [0, 0, 1, 1, 2]) {
        expect((await kit.runJob('rated')).job.status).toBe('success');
        expect(kit.clock.now.toISOString()).toBe(`2030-01-01T00:00:0${after}.000Z`);
      }
    });

    test('by something else is an error that says what', async () => {
      await using kit = await boot();
      await kit.progressManager.pauseType('steps');
      await expect(kit.runJob('steps')).rejects.toThrow(
        /nothing moves it: no job of this test is due, now or later\. Jobs of the type "steps" are paused since /,
      );
      const first = await kit.push('pausing', {}, { next: { name: 'Then', type: 'pausing' } });
      await kit.progressManager.pause(first.number);
      await expect(kit.carry(first.number + 1)).rejects.toThrow(
        `later. It waits for job ${first.number}, which has not succeeded yet.`,
      );
    });
  });

  test('a schedule pushes what came due by the clock since the boot, when it is told to', async () => {
    await using kit = await boot({ modules: HOURLY, startAt: '2030-01-01T08:30:00Z' });
    expect(await kit.pushScheduled()).toEqual([]);
    kit.clock.advanceTo('2030-01-01T09:00:00Z');
    const [job, ...more] = await kit.pushScheduled();
    expect([job?.data, more]).toEqual([{ time: '2030-01-01T09:00:00.000Z' }, []]);
    expect(job).toMatchObject({ status: 'new', offset: 0 });
    expect((await kit.carry(job?.number ?? 0)).job.status).toBe('success');
    expect(await kit.pushScheduled()).toEqual([]);
    kit.clock.advanceTo('2030-01-01T12:30:00Z');
    expect((await kit.pushScheduled()).map(({ data }) => data)).toEqual([{ time: '2030-01-01T12:00:00.000Z' }]);
  });

  test('a schedule whose first run comes before the first look pushes it', async () => {
    await using kit = await boot({ modules: HOURLY, startAt: '2030-01-01T08:30:00Z' });
    kit.clock.advance(3_600_000);
    expect(await kit.pushScheduled()).toHaveLength(1);
  });

  describe('a worker that dies', () => {
    test('after slice n has given nothing back, and another begins the next slice again', async () => {
      await using kit = await boot();
      begun.slices = 0;
      const dead = kit.app;
      const { job, slices, deaths } = await kit.runJob('counted', {}, { kill: killAfter(1) });
      expect(job).toMatchObject({ status: 'success', offset: 3 });
      expect(slices.map(({ offset }) => offset)).toEqual([1, 2, 3]);
      expect({ deaths, begun: begun.slices }).toEqual({ deaths: 1, begun: 4 });
      expect(kit.app).not.toBe(dead);
      const [row] = await kit.knex('progress_manager').select('is_isolated');
      expect(Number(row.is_isolated), 'taken over from a dead worker').toBe(1);
    });

    test('several times, and in a job that cannot resume', async () => {
      await using kit = await boot();
      begun.slices = 0;
      const kill = [killAfter(0), killAfter(1), killAfter(2)];
      expect(await kit.runJob('counted', {}, { kill })).toMatchObject({ deaths: 3, job: { status: 'success' } });
      expect(begun.slices).toBe(6);
      const { job } = await kit.runJob('whole', {}, { kill: killAfter(0) });
      expect(job).toMatchObject({ status: 'error', error: { code: 'worker_lost' } });
    });

    test.each(['before', 'after'] as const)('%s a statement undoes what was not committed', async (side) => {
      await using kit = await boot();
      await makeTable(kit);
      const { statements } = await kit.runJob('copy', NAMES);
      const record = statements.findIndex((sql) => /^insert into .copied/i.test(sql)) + 1;
      const run = await kit.runJob('copy', NAMES, { kill: killAtStatement(record, side) });
      expect(run).toMatchObject({ deaths: 1, job: { status: 'success' }, files: { 'names.txt': 'a\nb\n' } });
      expect(await copied(kit)).toEqual(['a', 'b', 'a', 'b']);
    });

    test('after its last commit has done its work', async () => {
      await using kit = await boot();
      await makeTable(kit);
      const { statements } = await kit.runJob('copy', NAMES);
      const run = await kit.runJob('copy', NAMES, { kill: killAtStatement(statements.length, 'after') });
      expect(run).toMatchObject({ deaths: 1, job: { status: 'success', result: { copied: 2 } } });
      expect(await copied(kit)).toEqual(['a', 'b', 'a', 'b']);
    });

    test('hears nothing any more: neither an answer nor an error', async () => {
      await using kit = await boot();
      const { statements } = await kit.runJob('restless');
      begun.answers = 0;
      const kill = killAtStatement(statements.indexOf('SELECT 1') + 1);
      expect(await kit.runJob('restless', {}, { kill })).toMatchObject({ deaths: 1, job: { status: 'success' } });
      await sleep(200);
      expect(begun.answers, 'of the second worker only').toBe(1);
    });

    test('later than the job has ended is a mistake of the test', async () => {
      await using kit = await boot();
      const refused = await kit.runJob('counted', {}, { kill: killAfter(3) }).catch((error) => error);
      expect(refused).toBeInstanceOf(NotStruckError);
      expect(refused.message).toMatch(
        /^The worker was to die after slice 3, but job 1 \(counted\) was success before: it/,
      );
      await expect(kit.runJob('whole', {}, { kill: killAtStatement(500) })).rejects.toThrow('before statement 500');
    });
  });

  describe('a sweep', () => {
    test('kills before and after every statement, and a job that keeps to the rules survives', async () => {
      await using kit = await boot();
      const { statements, kills } = await kit.survivesEveryKill(
        'copy',
        { names: ['a'] },
        async (run, test) => {
          expect(run.job.status).toBe('success');
          return copied(test);
        },
        { prepare: makeTable, every },
      );
      expect(statements).toBeGreaterThan(8);
      expect(kills).toBe(2 * Math.ceil(statements / every));
    });

    test('names the statement at which a job does not survive', async () => {
      await using kit = await boot();
      const swept = kit.survivesEveryKill('careless', { names: ['a'] }, (_, test) => copied(test), {
        ...{ prepare: makeTable, every },
      });
      await expect(swept).rejects.toThrow(
        /does not survive it: its worker was killed after statement 4 of 5 \(insert into .copied.* Undisturbed it gave .*answer: \[ 'a' \].*now .*answer: \[ 'a', 'a' \]/i,
      );
    });

    test('finds a write callback that may not be run twice; told not to, it does not', async () => {
      await using kit = await boot();
      const sweep = (more: object) =>
        kit.survivesEveryKill('forgetful', { names: ['a'] }, () => undefined, {
          prepare: makeTable,
          every: 4,
          ...more,
        });
      await expect(sweep({})).rejects.toThrow(/every write callback was run twice, .*copied: 1 .*now .*copied: 2/);
      expect((await sweep({ repeatWrites: false })).kills).toBeGreaterThan(2);
    });

    test('says what the test itself threw, and when', async () => {
      await using kit = await boot();
      let runs = 0;
      const expectation = () => {
        if (++runs === 3) throw new Error('Not as I like it.');
      };
      await expect(kit.survivesEveryKill('whole', {}, expectation)).rejects.toThrow(
        /killed before statement 1 of \d+ \(SELECT .*\)\. .*Not as I like it/,
      );
    });
  });

  test('write callbacks run twice leave what they leave once', async () => {
    await using kit = await boot();
    await makeTable(kit);
    const { statements } = await kit.runJob('copy', { names: ['a'] });
    const twice = await kit.runJob('copy', { names: ['b'] }, { repeatWrites: true });
    const inserts = (sent: readonly string[]) => sent.filter((sql) => /^insert into .copied/i.test(sql)).length;
    expect([inserts(statements), inserts(twice.statements)]).toEqual([1, 2]);
    expect(await copied(kit)).toEqual(['a', 'b']);
  });
}
