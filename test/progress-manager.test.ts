import { getEventListeners } from 'node:events';
import {
  ActionNotOfferedError,
  boot,
  FileMissingError,
  InvalidInputError,
  JobNotFoundError,
  type User,
  WaitTimeoutError,
} from 'progress-manager';
import { describe, expect, test, vi } from 'vitest';
import { openScripted, script } from './fixtures/scripted/open-scripted.js';
import { brokenConnection } from './support/database-fault.js';

const ANN: User = { id: 'ann', isAdmin: false };
const BEN: User = { id: 'ben', isAdmin: false };

test.each([
  ['null', null],
  ['a name', 'ann'],
  ['a misspelt key', { usr: ANN }],
  ['no user', { user: null }],
  ['a user without rights said', { user: { id: 'ann' } }],
])('who means a user and gives %s does not act for the application', async (_, as) => {
  await using scripted = await openScripted();
  const { manager } = scripted;
  await expect(manager.find({}, as as never)).rejects.toThrow(InvalidInputError);
  await expect(manager.pushMany([{ name: 'A job', type: 'scripted' }], as as never)).rejects.toThrow(InvalidInputError);
  expect((await manager.find()).total).toBe(0);
});

test('what has ended, or is not there, is nothing to cancel; any other fault is told', async () => {
  await using scripted = await openScripted();
  const { manager } = scripted;
  const { number } = await manager.push('A job', 'scripted', {}, { userId: 'ann' });
  expect(await manager.cancelUnlessEnded(number, { user: BEN })).toBe(false);
  expect(await manager.cancelUnlessEnded(number, { user: ANN })).toBe(true);
  expect(await manager.get(number)).toMatchObject({ status: 'cancelled' });
  expect(await manager.cancelUnlessEnded(number, { user: ANN })).toBe(false);
  expect(await manager.cancelUnlessEnded(999)).toBe(false);
  vi.spyOn(manager, 'cancel').mockImplementation(brokenConnection);
  await expect(manager.cancelUnlessEnded(number)).rejects.toMatchObject({ code: 'PROTOCOL_CONNECTION_LOST' });
});

test.each([
  ['userId', { userId: 'ann' }, 'Put it into its "options".'],
  ['dat', { dat: {} }, 'Did you mean "data"?'],
])('an entry of a list with the field %s is refused, and nothing is pushed', async (field, wrong, advice) => {
  await using scripted = await openScripted();
  const { manager } = scripted;
  const list = [
    { name: 'A job', type: 'scripted' },
    { name: 'A job', type: 'scripted', ...wrong },
  ];
  const refused = await manager.pushMany(list as never).catch((error: Error) => error.message);
  expect(refused).toContain(field);
  expect(refused).toContain(advice);
  expect(refused).toContain('1');
  expect((await manager.find()).total).toBe(0);
});

test.each([{}, { databaseURL: 'sqlite::memory:' }])('boot without a databaseUrl says so', async (options) => {
  await expect(boot({ root: process.cwd(), ...options } as never)).rejects.toThrow(/databaseUrl.*is missing/);
});

describe('get, find and counts', () => {
  test('a job is found by its id and by its number, as text too; what can be neither is not there', async () => {
    await using scripted = await openScripted();
    const { id, number } = await scripted.manager.push('A job', 'scripted');
    for (const ref of [id, id.toUpperCase(), number, String(number)])
      expect(await scripted.manager.get(ref)).toMatchObject({ id });
    for (const ref of ["x' OR '1'='1", '', '0', '-1', 1.5, Number.NaN, '😀', `${number} `, {}, null]) {
      expect(await scripted.manager.get(ref as string), String(ref)).toBeUndefined();
      await expect(scripted.manager.cancel(ref as string), String(ref)).rejects.toBeInstanceOf(JobNotFoundError);
    }
  });

  test('users see their own jobs only, hidden and closed ones only when asked for', async () => {
    await using scripted = await openScripted();
    const mine = await scripted.push('scripted', { userId: 'ann' });
    const hidden = await scripted.push('scripted', { userId: 'ann', isHidden: true });
    const theirs = await scripted.push('scripted', { userId: 'ben' });
    const seen = async (filter: object) =>
      (await scripted.manager.find(filter, { user: ANN })).list.map(({ number }) => number);
    expect(await seen({})).toEqual([mine]);
    expect(await seen({ isHidden: true })).toEqual([hidden]);
    expect(await seen({ userId: 'ben' })).toEqual([]);
    expect(await scripted.manager.get(theirs, { user: ANN })).toBeUndefined();
    expect(await scripted.manager.counts({ user: ANN })).toMatchObject({ new: 1, success: 0 });
    expect(await scripted.manager.count({}, { user: ANN })).toBe(1);
    expect(await scripted.manager.count({ isHidden: true }, { user: ANN })).toBe(1);
    expect([await scripted.manager.count(), await scripted.manager.count({}, {}, 1)]).toEqual([2, 1]);
  });

  test('a count of what cannot be counted is refused', async () => {
    await using scripted = await openScripted();
    for (const most of [0, 1.5, 10_001, '5'])
      await expect(scripted.manager.count({}, {}, most as number), String(most)).rejects.toThrow('1 to 10000');
    await expect(scripted.manager.count({ states: ['new'] } as object)).rejects.toThrow('states');
  });

  test('a look changes nothing', async () => {
    await using scripted = await openScripted();
    const number = await scripted.push();
    const before = await scripted.row(number);
    await scripted.manager.get(number);
    await scripted.manager.find();
    await scripted.manager.counts();
    await scripted.manager.actionsOf(await scripted.job(number));
    expect(await scripted.row(number)).toEqual(before);
  });
});

describe('wait', () => {
  test('gives the job as it ended, in whatever way, and at once when it has ended', async () => {
    await using scripted = await openScripted();
    script.slice = (service, { name }) => {
      if (name === 'throws') throw new Error('on purpose');
      service.setStatus('success');
      return true;
    };
    const [good, bad, stopped] = [
      await scripted.push(),
      await scripted.push('scripted', { name: 'throws' }),
      await scripted.push('scripted', { runAt: '2999-01-01T00:00:00Z' }),
    ];
    const waits = scripted.manager.wait([good, bad, stopped, good], { timeout: 5000 });
    await scripted.app.start();
    await scripted.manager.cancel(stopped);
    expect((await waits).map(({ number, status }) => [number, status])).toEqual([
      [good, 'success'],
      [bad, 'error'],
      [stopped, 'cancelled'],
      [good, 'success'],
    ]);
    expect(await scripted.manager.wait(good, { timeout: 0 })).toMatchObject({ number: good });
    expect(await scripted.manager.wait([])).toEqual([]);
  });

  test('ends after its time-out, and names what has not ended', async () => {
    await using scripted = await openScripted();
    const { number: ended } = await scripted.manager.push('A job', 'scripted');
    await scripted.manager.cancel(ended);
    const { id } = await scripted.manager.push('A job', 'scripted');
    const { number: ending } = await scripted.manager.push('A job', 'scripted');
    const waiting = scripted.manager.wait([ended, ending, id], { timeout: 300 });
    setTimeout(() => void scripted.manager.cancel(ending), 20);
    await expect(waiting).rejects.toSatisfy(
      (error) => error instanceof WaitTimeoutError && error.unfinished.join() === id,
    );
    await expect(scripted.manager.wait(id, { timeout: 0 })).rejects.toThrow(`Job ${id} has not ended within 0 ms.`);
  });

  test.each([-1, Number.NaN, 2 ** 31, '5', null, Number.POSITIVE_INFINITY])(
    'the time-out %s is refused',
    async (timeout) => {
      await using scripted = await openScripted();
      const number = await scripted.push();
      await expect(scripted.manager.wait(number, { timeout: timeout as number })).rejects.toBeInstanceOf(
        InvalidInputError,
      );
    },
  );

  test.each([
    [{ timeOut: 5 }, 'timeOut: is no option of a wait. Did you mean "timeout"?'],
    [{ timeout: 5, abort: 1 }, 'abort: is no option of a wait. Known: timeout, signal, user.'],
    [{ signal: new AbortController() }, /^signal: must be an AbortSignal/],
    [5000, /^options: must be an object/],
    [null, /^options: must be an object/],
  ])('%j are no options of it', async (options, words) => {
    await using scripted = await openScripted();
    const number = await scripted.push();
    const refused = scripted.manager.wait(number, options as never);
    await expect(refused).rejects.toBeInstanceOf(InvalidInputError);
    await expect(refused).rejects.toThrow(words);
  });

  test('says which have failed in one line, and why', async () => {
    await using scripted = await openScripted();
    script.slice = (service, { name }) => {
      if (name === 'throws') throw new Error('on purpose');
      service.setStatus('success');
      return true;
    };
    const jobs = [await scripted.push(), await scripted.push('scripted', { name: 'throws' })];
    await scripted.app.start();
    const failed = (await scripted.manager.wait(jobs)).filter(({ status }) => status !== 'success');
    expect(failed).toMatchObject([{ number: jobs[1], error: { code: 'failed', message: 'on purpose' } }]);
  });

  test('a database that is away at the end is asked again', async () => {
    await using scripted = await openScripted();
    const number = await scripted.push();
    const waiting = scripted.manager.wait(number, { timeout: 5000 });
    const store = scripted.app.container.get('jobStore');
    await scripted.manager.get(number);
    const away = vi.spyOn(store, 'get').mockImplementation(() => brokenConnection());
    setTimeout(() => away.mockRestore(), 400);
    await scripted.change(number, { status: 'success' });
    expect(await waiting).toMatchObject({ status: 'success' });
  });

  test('ends with the reason of its signal, before and while it waits', async () => {
    await using scripted = await openScripted();
    const number = await scripted.push();
    const reason = new Error('the page was closed');
    await expect(scripted.manager.wait(number, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    const waiting = scripted.manager.wait(number, { signal: controller.signal, timeout: 5000 });
    setTimeout(() => controller.abort(reason), 20);
    await expect(waiting).rejects.toBe(reason);
  });

  test("a job that is not there, is removed meanwhile, or is somebody else's, is not found", async () => {
    await using scripted = await openScripted();
    const number = await scripted.push('scripted', { userId: 'ann' });
    await expect(scripted.manager.wait(4711)).rejects.toBeInstanceOf(JobNotFoundError);
    await expect(scripted.manager.wait([number, 4711])).rejects.toBeInstanceOf(JobNotFoundError);
    await expect(scripted.manager.wait(number, { user: BEN })).rejects.toBeInstanceOf(JobNotFoundError);
    const waiting = scripted.manager.wait(number, { timeout: 5000 });
    setTimeout(() => void scripted.knex('progress_manager').where({ number }).del().then(), 20);
    await expect(waiting).rejects.toBeInstanceOf(JobNotFoundError);
  });

  test('sees an end that another process wrote', async () => {
    await using scripted = await openScripted();
    const number = await scripted.push();
    const waiting = scripted.manager.wait(number, { timeout: 5000 });
    setTimeout(() => void scripted.change(number, { status: 'success' }), 20);
    expect(await waiting).toMatchObject({ status: 'success' });
  });

  test('many waits on one signal warn of nothing, and leave no listener behind', async () => {
    await using scripted = await openScripted();
    const warned = vi.spyOn(process, 'emitWarning');
    const { signal } = new AbortController();
    const jobs = await Promise.all(Array.from({ length: 20 }, () => scripted.push()));
    const waits = jobs.map((number) => scripted.manager.wait([number, ...jobs], { timeout: 5000 }));
    const one = scripted.manager.wait(jobs, { timeout: 5000, signal });
    await scripted.app.start();
    await Promise.all([...waits, one]);
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('1,000 waits of one process miss no end', async () => {
    await using scripted = await openScripted({ limit: 20, intervalMs: 5 });
    script.slice = (service) => {
      service.setStatus('success');
      return true;
    };
    const jobs = await Promise.all(Array.from({ length: 100 }, () => scripted.push()));
    const waits = Array.from({ length: 1000 }, (_, index) =>
      scripted.manager.wait(jobs[index % 100] as number, { timeout: 20_000 }),
    );
    await scripted.app.start();
    expect((await Promise.all(waits)).filter(({ status }) => status !== 'success')).toEqual([]);
  }, 25_000);
});

describe('remove', () => {
  test('takes a finished job away, and refuses an unfinished one with its status', async () => {
    await using scripted = await openScripted();
    const number = await scripted.push('scripted', { userId: 'ann' });
    await expect(scripted.manager.remove(number)).rejects.toThrow(
      'The job is new, which does not offer "remove". Offered now: pause, cancel, press.',
    );
    await scripted.manager.cancel(number);
    await expect(scripted.manager.remove(number, { user: BEN })).rejects.toBeInstanceOf(JobNotFoundError);
    await scripted.manager.remove(number, { user: ANN });
    await expect(scripted.manager.remove(number)).rejects.toBeInstanceOf(JobNotFoundError);
    expect(await scripted.manager.get(number)).toBeUndefined();
  });

  test('a running job is not removed', async () => {
    await using scripted = await openScripted();
    const number = await scripted.push();
    script.slice = async (service) => {
      await expect(scripted.manager.remove(number)).rejects.toBeInstanceOf(ActionNotOfferedError);
      service.setStatus('success');
      return true;
    };
    expect(await scripted.carried(number)).toMatchObject({ status: 'success', error: undefined });
  });
});

describe('openFile', () => {
  test('a file that the job did not write is missing, in whatever way it is asked for', async () => {
    await using scripted = await openScripted();
    const number = await scripted.push('scripted', { userId: 'ann' });
    for (const name of ['places.csv', '../../etc/passwd', '', '__proto__']) {
      await expect(scripted.manager.openFile(number, name)).rejects.toBeInstanceOf(FileMissingError);
    }
    await expect(scripted.manager.openFile(number, 'places.csv', { user: BEN })).rejects.toBeInstanceOf(
      JobNotFoundError,
    );
  });

  test('a part of it is read from byte to byte, across slices', async () => {
    await using scripted = await openScripted();
    const number = await scripted.push();
    script.slice = async (service, job, { files }) => {
      await files.append('places.csv', String(job.offset).repeat(3));
      service.advance(job.offset + 1, 3);
      return true;
    };
    while ((await scripted.loop.tick()) > 0);
    const file = await scripted.manager.openFile(number, 'places.csv');
    const read = async (start?: number, end?: number) => {
      const chunks = [];
      for await (const chunk of file.stream(start, end)) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    };
    expect([file.size, await read(), await read(2, 6), await read(8, 8), await read(0, 0)]).toEqual([
      9,
      '000111222',
      '01112',
      '2',
      '0',
    ]);
  });
});
