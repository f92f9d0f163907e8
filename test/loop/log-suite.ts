import { setTimeout as sleep } from 'node:timers/promises';
import type { BootOptions, JobContext, LogLine } from 'progress-manager';
import { describe, expect, test, vi } from 'vitest';
import { aborted, type Scripted, script } from '../fixtures/scripted/open-scripted.js';
import { shareScripted } from '../fixtures/scripted/share-scripted.js';
import { brokenConnection, databaseFault } from '../support/database-fault.js';
import { until } from '../support/until.js';
import { fail } from './outcome-setup.js';

const BEAT_MS = 50;

/** What jobs say, and what the loop says of them. */
export function logSuite(database: () => Partial<BootOptions>): void {
  const share = shareScripted(database);
  const open = async (options?: Partial<BootOptions>) => {
    const scripted = await share(options);
    await scripted.knex('progress_job_log').del();
    return scripted;
  };

  const lines = async (scripted: Scripted, number: number, query = {}): Promise<readonly LogLine[]> =>
    (await scripted.manager.log(number, { limit: 1000, ...query })).list;
  const said = async (scripted: Scripted, number: number, query = {}): Promise<string[]> =>
    (await lines(scripted, number, query)).map(({ message }) => message);
  /** One slice that does this and ends the job. */
  const once = (work: (context: JobContext) => unknown) => {
    script.slice = async (service, _job, context) => {
      await work(context);
      service.advance(1, 1);
      return true;
    };
  };

  describe('context.log', () => {
    test('lines stand in order, with level, details, attempt, slice and a time of the database', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      script.slice = (service, job, context) => {
        context.log('info', `a${job.offset}`, { x: [1, 'ä'] });
        context.log('error', `b${job.offset}`);
        service.advance(job.offset + 1, 2);
        return true;
      };
      await scripted.carried(number);
      const job = await scripted.carried(number);
      // A line of level error fails no job.
      expect(job.status).toBe('success');
      const all = await lines(scripted, number);
      expect(
        all.map(({ message, level, details, attempt, slice }) => ({ message, level, details, attempt, slice })),
      ).toEqual([
        { message: 'a0', level: 'info', details: { x: [1, 'ä'] }, attempt: 1, slice: 0 },
        { message: 'b0', level: 'error', details: undefined, attempt: 1, slice: 0 },
        { message: 'a1', level: 'info', details: { x: [1, 'ä'] }, attempt: 1, slice: 1 },
        { message: 'b1', level: 'error', details: undefined, attempt: 1, slice: 1 },
      ]);
      expect(all.map(({ seq }) => seq)).toEqual(all.map(({ seq }) => seq).toSorted((a, b) => a - b));
      for (const { at } of all) {
        expect(Date.parse(at)).toBeGreaterThanOrEqual(Date.parse(job.createdAt) - 5);
        expect(Date.parse(at)).toBeLessThanOrEqual(Date.parse(job.finishedAt ?? '') + 5);
      }
    });

    test('a line is readable while a one-slice job runs, within two beats', async () => {
      await using scripted = await open({ beatMs: 500 });
      const number = await scripted.push('scripted_run');
      let saidAt = 0;
      script.run = async (_job, context) => {
        context.log('info', 'still here');
        saidAt = performance.now();
        await aborted(context.signal);
      };
      await scripted.app.start();
      await until('the line can be read', async () => (await said(scripted, number)).includes('still here'));
      expect(performance.now() - saidAt).toBeLessThan(2 * 500);
      expect((await scripted.job(number)).status).toBe('in_progress');
      await scripted.manager.cancel(number);
    });

    test('every line is there once a wait has settled, however the job ended', async () => {
      // No beat comes to help.
      await using scripted = await open({ beatMs: 60_000 });
      // And what is written beside the record is late.
      const log = scripted.app.container.get('jobLog');
      const append = log.append.bind(log);
      vi.spyOn(log, 'append').mockImplementation(async (lines, how) => {
        if (!how?.inside) await sleep(200);
        return append(lines, how);
      });
      await scripted.app.start();
      const ends: Record<string, Parameters<typeof once>[0]> = {
        success: () => undefined,
        throws: fail,
        'in a callback': (context) => context.write(() => void context.log('info', 'callback')),
        'a callback throws': (context) => context.write(fail),
      };
      for (const [name, end] of Object.entries(ends)) {
        once((context) => {
          for (let line = 0; line < 50; line++) context.log('info', `line ${line}`);
          return end(context);
        });
        const number = await scripted.push();
        await scripted.manager.wait(number, { timeout: 5000 });
        const all = await said(scripted, number);
        expect(all.slice(0, 50), name).toEqual(Array.from({ length: 50 }, (_, line) => `line ${line}`));
        expect(all.slice(50), name).toEqual(
          { success: [], throws: ['on purpose'], 'in a callback': ['callback'] }[name] ?? ['on purpose'],
        );
      }
    });

    test.each<[string, (scripted: Scripted, number: number, context: JobContext) => unknown]>([
      ['is not now', () => false],
      [
        'was cancelled',
        async (scripted, number, context) => {
          await scripted.manager.cancel(number);
          await aborted(context.signal);
          throw context.signal.reason;
        },
      ],
      [
        'was stopped',
        async (scripted, _number, context) => {
          void scripted.app.stop();
          await aborted(context.signal);
          throw context.signal.reason;
        },
      ],
      [
        'was cut at a stop',
        async (scripted) => {
          void scripted.app.stop();
          await new Promise(() => undefined);
        },
      ],
      [
        'was paused',
        async (scripted, number) => {
          await scripted.manager.pause(number);
          return true;
        },
      ],
      ['met a database that was away', () => brokenConnection()],
    ])('the lines stay of a slice that %s', async (_, end) => {
      await using scripted = await open({ beatMs: 60_000, graceMs: 100 });
      const number = await scripted.push();
      script.slice = async (service, _job, context) => {
        context.log('info', 'before');
        const ended = await end(scripted, number, context);
        service.setOffset(1);
        return ended;
      };
      await scripted.app.start();
      await until('the line is there', async () => (await said(scripted, number)).includes('before'));
    });

    test('the lines stay of a slice that was recorded right before a stop', async () => {
      await using scripted = await open({ beatMs: 60_000 });
      const store = scripted.app.container.get('jobStore');
      const record = store.record.bind(store);
      vi.spyOn(store, 'record').mockImplementationOnce(async (...slice) => {
        const recorded = await record(...slice);
        void scripted.app.stop();
        return recorded;
      });
      const number = await scripted.push();
      script.slice = (service, job, context) => {
        context.log('info', `slice ${job.offset}`);
        service.setOffset(job.offset + 1);
        return true;
      };
      await scripted.app.start();
      await until(
        'the job was given back',
        async () => (await scripted.job(number)).worker === undefined && (await scripted.job(number)).offset === 1,
      );
      expect(await said(scripted, number)).toEqual(['slice 0']);
    });

    test.each([1, 76])(
      'a zombie’s lines are refused, once its job is held by somebody else: token + %d',
      async (more) => {
        await using scripted = await open({ beatMs: 60_000 });
        const number = await scripted.push();
        once(async (context) => {
          context.log('info', 'from the grave');
          await scripted.change(number, {
            ...{ lease_version: scripted.knex.raw('lease_version + ?', [more]), lease_owner: 'elsewhere:1/00' },
          });
        });
        await scripted.loop.tick();
        expect(await said(scripted, number)).toEqual([]);
      },
    );

    test('a new attempt has a log of its own, beside that of the one before', async () => {
      await using scripted = await open();
      const number = await scripted.push('stubborn');
      script.slice = (service, job, context) => {
        context.log('info', `attempt ${job.attempt}`);
        if (job.attempt === 1) fail();
        service.advance(1, 1);
        return true;
      };
      await scripted.carried(number);
      await scripted.change(number, { due_at: '2000-01-01 00:00:00.000' });
      expect(await scripted.carried(number)).toMatchObject({ status: 'success', attempt: 2 });
      expect(await said(scripted, number, { attempt: 1 })).toEqual([
        'attempt 1',
        'The slice failed: on purpose',
        expect.stringMatching(/^It is tried again in \d+ s\.$/),
      ]);
      expect(await said(scripted, number, { attempt: 2 })).toEqual(['attempt 2']);
      expect(await said(scripted, number)).toHaveLength(4);
      expect(await said(scripted, number, { level: 'warning' })).toHaveLength(2);
      expect(await said(scripted, number, { level: 'error' })).toHaveLength(1);
    });

    test('the log says what was wrong with what a job said, and why it ended', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      script.slice = (service, job) => {
        service.setOffset(job.offset + 1);
        service.setProgress(job.offset === 0 ? 250 : Number.NaN);
        if (job.offset === 1) service.setStatus('error');
        service.setMessage('No such table');
        return true;
      };
      await scripted.carried(number);
      await scripted.carried(number);
      const all = await lines(scripted, number);
      expect(all.map(({ level, message }) => [level, message])).toEqual([
        ['warning', 'progress 250 is over 100'],
        ['warning', 'progress NaN is no finite number'],
        ['error', 'No such table'],
      ]);
      expect(all[2]?.details).toEqual({ code: 'failed' });
    });

    test('the log says once that a job was taken over from a dead worker', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      const dead = { status: 'in_progress', lease_owner: 'gone:1/00/00', due_at: '2000-01-01 00:00:00.000' };
      await scripted.change(number, dead);
      script.slice = () => false;
      await scripted.carried(number);
      await scripted.change(number, { due_at: '2000-01-01 00:00:00.000' });
      await scripted.carried(number);
      const all = await lines(scripted, number);
      expect(all).toMatchObject([{ level: 'warning', details: { deaths: 1 } }]);
      expect(all[0]?.message).toMatch(/^Taken over from a worker that died/);
    });

    test('what a line holds never ends a job', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      const ring: { self?: unknown } = {};
      ring.self = ring;
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      const details: unknown[] = [
        ring,
        10n ** 20n,
        () => 1,
        Symbol('s'),
        proxy,
        { toJSON: fail },
        {
          get x() {
            return fail();
          },
        },
        new Error('inner'),
        { cause: new TypeError('nested'), big: 5n },
        'x'.repeat(1_000_000),
        '"'.repeat(100_000),
        '\0\ud800',
        Number.NaN,
        null,
        undefined,
      ];
      const messages: unknown[] = [
        'a\0b',
        '\ud800',
        '😀'.repeat(10_000),
        '',
        'x'.repeat(10 ** 6),
        null,
        undefined,
        7,
        {},
        fail,
        proxy,
      ];
      once((context) => {
        for (const each of details) context.log('info', 'details', each);
        for (const each of messages) context.log('warning', each as string);
        context.log('fatal' as 'error', 'a level that is none', 1);
        for (const each of messages) context.tell(each as string);
        for (const each of messages) context.debug(each as string, each);
      });
      expect(await scripted.carried(number)).toMatchObject({ status: 'success' });
      const all = await lines(scripted, number);
      const given = all.filter(({ message }) => message === 'details').map((line) => line.details);
      expect(given).toHaveLength(details.length);
      expect(given[0]).toMatch(/^\(cannot be written as JSON: /);
      expect(given[1]).toBe('100000000000000000000');
      expect(given[2]).toBe('(a function, which JSON cannot say)');
      expect(given[7]).toEqual({ name: 'Error', message: 'inner' });
      expect(given[8]).toEqual({ cause: { name: 'TypeError', message: 'nested' }, big: '5' });
      expect(given[9]).toMatch(/^\(1000002 characters of JSON, cut\) "xxx/);
      for (const { message } of all) {
        expect(Buffer.byteLength(message)).toBeLessThanOrEqual(8192);
        expect(message.isWellFormed() && !message.includes('\0')).toBe(true);
      }
      expect(all.at(-2)).toMatchObject({ level: 'warning', message: expect.stringContaining('no such level') });
      expect(all.at(-1)).toMatchObject({ level: 'info', message: 'a level that is none' });
      expect(await scripted.manager.messages(number)).toHaveLength(messages.length);
    });

    test('a database that is away loses no line that fits, and stops no job', async () => {
      await using scripted = await open({ beatMs: BEAT_MS });
      const log = scripted.app.container.get('jobLog');
      const append = log.append.bind(log);
      let failures = 0;
      vi.spyOn(log, 'append').mockImplementation(async (...call) => {
        // Before it was written, and after it was.
        const isLost = failures++ < 6;
        if (!isLost || failures % 2 === 0) await append(...call);
        if (isLost) await brokenConnection();
      });
      const number = await scripted.push();
      let saidAll = false;
      once(async (context) => {
        for (let line = 0; line < 20; line++) {
          context.log('info', `line ${line}`);
          await until('a beat', () => failures > line / 4);
        }
        saidAll = true;
      });
      await scripted.app.start();
      await scripted.manager.wait(number, { timeout: 10_000 });
      expect(saidAll).toBe(true);
      expect(failures).toBeGreaterThan(5);
      expect(await said(scripted, number)).toEqual(Array.from({ length: 20 }, (_, line) => `line ${line}`));
    });

    test('the last lines wait for a database that is away', async () => {
      await using scripted = await open({ beatMs: 60_000 });
      const store = scripted.app.container.get('database');
      const change = store.changeAgain.bind(store);
      let failures = 0;
      vi.spyOn(store, 'changeAgain').mockImplementation((sql, ...more) => {
        if (sql.startsWith('INSERT INTO progress_job_log') && failures++ < 4) return brokenConnection();
        return change(sql, ...more);
      });
      const number = await scripted.push();
      once((context) => context.log('info', 'at last'));
      expect(await scripted.carried(number)).toMatchObject({ status: 'success' });
      expect(await said(scripted, number)).toEqual(['at last']);
      expect(failures).toBe(5);
    });

    test('a log that cannot be written at all ends no job', async () => {
      await using scripted = await open({ beatMs: BEAT_MS });
      vi.spyOn(scripted.app.container.get('jobLog'), 'append').mockImplementation(() => databaseFault({ errno: 1146 }));
      const number = await scripted.push();
      once((context) => context.log('info', 'nobody hears me'));
      expect(await scripted.carried(number)).toMatchObject({ status: 'success' });
      expect(scripted.logged.map(({ message }) => message)).toContain(
        'the last lines of a job could not be written into its log',
      );
    });

    test('1,000,000 lines in one slice leave worker and row healthy, and a line says how many were not kept', async () => {
      await using scripted = await open({ beatMs: BEAT_MS });
      const before = process.memoryUsage().heapUsed;
      const number = await scripted.push();
      script.slice = (_service, _job, context) => {
        for (let line = 0; line < 1_000_000; line++) context.log('info', 'a line like any other', { line });
        context.log('error', 'the one that matters');
        return fail();
      };
      expect(await scripted.carried(number)).toMatchObject({ status: 'error', error: { message: 'on purpose' } });
      const all = await said(scripted, number);
      expect(all.length).toBeLessThanOrEqual(1003);
      expect(all).toContain('the one that matters');
      const kept = all.filter((message) => message === 'a line like any other').length;
      expect(all.some((message) => message.startsWith(`${1_000_000 - kept} lines were not kept`))).toBe(true);
      expect(all).toContain('on purpose');
      expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 ** 2);
      script.slice = (service) => {
        service.advance(1, 1);
        return true;
      };
      expect(await scripted.carried(await scripted.push())).toMatchObject({ status: 'success' });
    });

    test('a log keeps 1 MiB: the oldest lines go, and one line says so', { timeout: 30_000 }, async () => {
      await using scripted = await open();
      const number = await scripted.push();
      script.slice = (service, job, context) => {
        for (let line = 0; line < 15; line++) context.log('info', `${job.offset * 15 + line} `.padEnd(8000, 'x'));
        context.tell(`slice ${job.offset}`);
        service.advance(job.offset + 1, 20);
        return true;
      };
      while ((await scripted.carried(number)).status !== 'success') {
        const [row] = await scripted.knex('progress_job_log').where({ job: number, kind: 0 }).sum({ bytes: 'bytes' });
        expect(Number(row?.bytes)).toBeLessThanOrEqual(1024 * 1024 + 128 * 1024);
      }
      const all = await said(scripted, number);
      expect(all[0]).toMatch(/^Older lines were dropped/);
      expect(all.filter((message) => message.startsWith('Older'))).toHaveLength(1);
      const kept = all.slice(1).map((message) => Number.parseInt(message, 10));
      // Without a gap, down to the last.
      expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 300 - kept.length + index));
      expect(kept.length * 8000).toBeGreaterThan(600_000);
      expect(await scripted.manager.messages(number)).toHaveLength(20);
    });

    test('pages follow one another, and go on when more has come', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      expect(await scripted.manager.log(number)).toEqual({ list: [], next: 0 });
      script.slice = (service, job, context) => {
        for (let line = 0; line < 5; line++) context.log('info', `${job.offset} ${line}`);
        service.advance(job.offset + 1, 2);
        return true;
      };
      await scripted.carried(number);
      const first = await scripted.manager.log(number, { limit: 3 });
      const second = await scripted.manager.log(number, { limit: 3, after: first.next });
      expect([...first.list, ...second.list].map(({ message }) => message)).toEqual([
        '0 0',
        '0 1',
        '0 2',
        '0 3',
        '0 4',
      ]);
      const none = await scripted.manager.log(number, { after: second.next });
      expect(none).toEqual({ list: [], next: second.next });
      await scripted.carried(number);
      expect((await scripted.manager.log(number, { after: none.next })).list).toHaveLength(5);
    });

    test.each([{ limit: 0 }, { limit: 1001 }, { after: -1 }, { level: 'fatal' }, { attempt: 0 }, { levels: 'info' }])(
      'a log cannot be asked for %j',
      async (query) => {
        await using scripted = await open();
        const number = await scripted.push();
        await expect(scripted.manager.log(number, query as never)).rejects.toMatchObject({ code: 'invalid_input' });
      },
    );

    test('a line that is said after the slice has returned goes to the worker’s log', async () => {
      await using scripted = await open({});
      let late: JobContext | undefined;
      once((context) => {
        late = context;
      });
      const number = await scripted.push();
      await scripted.carried(number);
      late?.log('info', 'too late');
      late?.tell('too late');
      expect(scripted.logged.filter(({ message }) => message.includes('after its slice had returned'))).toHaveLength(2);
      expect(await said(scripted, number)).toEqual([]);
    });
  });

  test('what a job says is its owner’s and the admins’', async () => {
    await using scripted = await open();
    const number = await scripted.push('scripted', { userId: 'ann' });
    once(({ log, tell, item }) => {
      log('info', 'a line');
      tell('a message');
      item('a', 'failed');
    });
    await scripted.carried(number);
    const { manager } = scripted;
    const as = { user: { id: 'ben', isAdmin: false } };
    const foreign = [
      () => manager.log(number, {}, as),
      () => manager.messages(number, { clear: true }, as),
      () => manager.items(number, {}, as),
      () => manager.retryFailed(number, as),
    ];
    for (const read of foreign) await expect(read()).rejects.toMatchObject({ code: 'job_not_found' });
    for (const id of ['ann', 'root']) {
      const own = { user: { id, isAdmin: id === 'root' } };
      expect((await manager.log(number, {}, own)).list).toHaveLength(1);
      expect(await manager.messages(number, {}, own)).toHaveLength(1);
      expect((await manager.items(number, {}, own)).list).toHaveLength(1);
    }
    await expect(manager.messages(number, { claer: true } as never)).rejects.toThrow('Did you mean "clear"?');
  });

  describe('context.debug', () => {
    test('is heard by the sink at once, and stored nowhere', async () => {
      const heard: unknown[] = [];
      await using scripted = await open({ debugSink: (line) => void heard.push(line) });
      const number = await scripted.push();
      once((context) => {
        context.debug('looking', { at: 1n });
        expect(heard).toEqual([{ job: number, message: 'looking', details: { at: '1' } }]);
        context.debug('again');
      });
      expect(await scripted.carried(number)).toMatchObject({ status: 'success' });
      expect(heard).toHaveLength(2);
      expect(await scripted.knex('progress_job_log')).toEqual([]);
      expect(JSON.stringify(scripted.logged)).not.toContain('looking');
    });
  });

  describe('context.tell', () => {
    test('keeps the order, and gives what is new when asked to clear', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      script.slice = (service, job, context) => {
        context.tell(`a${job.offset}`);
        context.log('info', 'a line of the log');
        context.tell(`b${job.offset}`);
        service.advance(job.offset + 1, 2);
        return true;
      };
      const told = async (clear?: boolean) =>
        (await scripted.manager.messages(number, clear === undefined ? {} : { clear })).map(({ text }) => text);
      expect(await told()).toEqual([]);
      await scripted.carried(number);
      expect(await told()).toEqual(['a0', 'b0']);
      expect(await told(false)).toEqual(['a0', 'b0']);
      expect(await told(true)).toEqual(['a0', 'b0']);
      expect(await told(true)).toEqual([]);
      expect((await scripted.carried(number)).status).toBe('success');
      expect(await told()).toEqual(['a1', 'b1']);
      expect(await told(true)).toEqual(['a1', 'b1']);
      expect(await told()).toEqual([]);
    });

    test('of ten readers that clear at once, each message is given to one', async () => {
      await using scripted = await open();
      const number = await scripted.push();
      for (let round = 0; round < 10; round++) {
        script.slice = (service, job, context) => {
          for (let text = 0; text < 20; text++) context.tell(`${job.offset} ${text}`);
          service.setOffset(job.offset + 1);
          return true;
        };
        await scripted.carried(number);
        const read = await Promise.all(
          Array.from({ length: 10 }, () => scripted.manager.messages(number, { clear: true })),
        );
        const texts = read.flat().map(({ text }) => text);
        expect(texts.toSorted()).toEqual(Array.from({ length: 20 }, (_, text) => `${round} ${text}`).toSorted());
      }
    });

    test('a clearing read whose answer was lost gives what it has taken', async () => {
      await using scripted = await open({});
      const number = await scripted.push();
      once((context) => context.tell('once'));
      await scripted.carried(number);
      const store = scripted.app.container.get('database');
      const change = store.changeAgain.bind(store);
      vi.spyOn(store, 'changeAgain').mockImplementationOnce(async (...statement) => {
        await change(...statement);
        return brokenConnection();
      });
      expect(await scripted.manager.messages(number, { clear: true })).toMatchObject([{ text: 'once' }]);
    });
  });
}
