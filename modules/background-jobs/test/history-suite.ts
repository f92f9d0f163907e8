import type { BootOptions } from 'progress-manager';
import { expect, test, vi } from 'vitest';
import type { BackgroundJob } from '../services/background-job.js';
import { gated, openJobs } from './open-jobs.js';

const quick = { run: () => undefined };
const failing = { run: () => Promise.reject(new Error('no')) };

/** What is found among the jobs of the table, on any kind of database. */
export function historySuite(database: () => Promise<Partial<BootOptions>>): void {
  const open = async (...[type, , isWorking]: Parameters<typeof openJobs>) =>
    openJobs(type, { ...(await database()), limit: 10 }, isWorking);

  test('a filter finds exactly the jobs that meet all its conditions', async () => {
    await using test = await open({ 'Test.a': quick, 'Test.b': failing, 'Test.c': { run: gated().run } });
    const { backgroundJobs } = test;
    const jobs: BackgroundJob[] = [];
    for (let index = 0; index < 20; index++) {
      const method = ['Test.a', 'Test.b', 'Test.c'][index % 3] as string;
      jobs.push(await backgroundJobs.execute(method, [index], index === 4 ? 'K' : '', `Job ${index % 5}`));
    }
    const named = (method: string) => jobs.filter(({ MethodName }) => MethodName === method).reverse();
    for (const job of [...named('Test.a'), ...named('Test.b')]) await job.waitForExecutionCompletion();
    const ids = async (...[filter]: Parameters<typeof backgroundJobs.getBackgroundJobs>) =>
      (await backgroundJobs.getBackgroundJobs(filter)).map(({ UUID }) => UUID);
    const of = (found: readonly { readonly UUID: string }[]) => found.map(({ UUID }) => UUID);

    expect(await ids()).toEqual(of([...jobs].reverse()));
    expect(await ids({ MethodName: 'Test.a', State: 'Completed' })).toEqual(of(named('Test.a')));
    expect(await ids({ MethodName: 'Test.a', State: 'Failed' })).toEqual([]);
    expect(await ids({ State: 'Failed' })).toEqual(of(named('Test.b')));
    expect(await ids({ Состояние: 'ЗавершеноАварийно' })).toEqual(of(named('Test.b')));
    expect(await ids({ Состояние: 'Active' })).toEqual(of(named('Test.c')));
    expect(await ids({ State: 'Активно', ИмяМетода: 'Test.c' })).toEqual(of(named('Test.c')));
    expect(await ids({ Key: 'K' })).toEqual(of([jobs[4] as { UUID: string }]));
    expect(await ids({ Ключ: 'K' })).toEqual(await ids({ Key: 'K' }));
    const [some] = await backgroundJobs.refresh([jobs[7] as { UUID: string }]);
    expect(await ids({ UUID: some?.UUID ?? '' })).toEqual([some?.UUID]);
    expect(await ids({ УникальныйИдентификатор: some?.UUID.toUpperCase() ?? '' })).toEqual([some?.UUID]);
    expect(await ids({ Description: 'Job 2', MethodName: 'Test.b' })).toEqual([some?.UUID]);
    expect(await ids({ UUID: some?.UUID ?? '', Begin: some?.Begin, End: some?.End })).toEqual([some?.UUID]);
    expect(await ids({ Начало: some?.Begin.toISOString(), Наименование: 'Job 2' })).toContain(some?.UUID);
    expect(await ids({ Begin: new Date(0) })).toEqual([]);
    expect(await ids({ End: undefined })).toEqual(of(named('Test.c')));
    expect(await ids({ ScheduledJob: undefined, MethodName: 'Test.c' })).toEqual(of(named('Test.c')));
    expect(await ids({ methodname: 'Test.c', СОСТОЯНИЕ: 'Активно' } as object)).toEqual(of(named('Test.c')));
    expect(await ids({ Key: 'K', Ключ: 'L' })).toEqual([]);
  });

  test('what the database can take of a filter, it is asked', async () => {
    await using test = await open({ 'Test.a': quick }, {}, false);
    const { backgroundJobs, progressManager } = test;
    const job = await backgroundJobs.execute('Test.a', [], 'K', 'D 1');
    const find = vi.spyOn(progressManager, 'find');
    const names = { ИмяМетода: 'Test.a', Состояние: 'Активно', Key: 'K', Description: 'D 1', ScheduledJob: 'nightly' };
    await backgroundJobs.getBackgroundJobs({ ...names, UUID: job.UUID.toUpperCase() });
    expect(find).toHaveBeenCalledTimes(4);
    const asked = {
      ...{ type: ['Test.a'], status: ['new', 'in_progress', 'paused'], limit: 200 },
      ...{ key: 'K', q: 'D 1', schedule: 'nightly', numbers: [job.job.number] },
    };
    for (const [filter] of find.mock.calls) expect(filter).toMatchObject(asked);
    expect(find.mock.calls.map(([filter]) => [filter?.isHidden, filter?.isClosed])).toEqual([
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ]);
    const findVersions = vi.spyOn(progressManager, 'findVersions');
    await backgroundJobs.getBackgroundJobs({ State: 'Active' });
    expect(findVersions).not.toHaveBeenCalled();
    find.mockClear();
    await backgroundJobs.getBackgroundJobs({ State: 'Completed', Key: 'K' });
    expect(findVersions).toHaveBeenCalled();
    // Of the finished ones no others are read than the newest.
    expect(find).not.toHaveBeenCalled();
    await job.cancel();
    expect(await backgroundJobs.getBackgroundJobs({ State: 'Canceled', Key: 'K' })).toHaveLength(1);
    expect(find.mock.calls.map(([filter]) => filter)).toEqual([
      { status: ['cancelled'], key: 'K', numbers: [job.job.number], limit: 200 },
    ]);
  });

  test('what no job can be like finds nothing, and no fault', async () => {
    await using test = await open({ 'Test.a': quick }, {}, false);
    const { backgroundJobs } = test;
    const job = await backgroundJobs.execute('Test.a', [], 'K', 'D');
    const strange = ['', 'a1', 'x'.repeat(100_000), 'a\0', '\ud800', '%', '1', 'Ключ'];
    for (const text of strange)
      for (const name of ['UUID', 'Description', 'MethodName', 'ScheduledJob', 'Key'])
        expect([name, text, await backgroundJobs.getBackgroundJobs({ [name]: text })]).toEqual([name, text, []]);
    expect(await backgroundJobs.getBackgroundJobs({ Key: 'K', Description: 'D', UUID: job.UUID })).toHaveLength(1);
    await backgroundJobs.execute('Test.a');
    for (const name of ['Key', 'Description'])
      expect(await backgroundJobs.getBackgroundJobs({ [name]: '' })).toMatchObject([{ Key: '', Description: '' }]);
  });

  test('a name that no filter has is told, with the eight, and so is a value that cannot be', async () => {
    await using test = await open({ 'Test.a': quick }, {}, false);
    const find = (filter: unknown) => test.backgroundJobs.getBackgroundJobs(filter as object);
    await expect(find({ Kye: 'K' })).rejects.toMatchObject({ code: 'invalid_input', field: 'Kye' });
    await expect(find({ Kye: 'K' })).rejects.toThrow(
      'Known: UUID / УникальныйИдентификатор, Key / Ключ, State / Состояние, Begin / Начало, End / Конец, Description / Наименование, MethodName / ИмяМетода, ScheduledJob / РегламентноеЗадание.',
    );
    await expect(find({ State: 'Running' })).rejects.toThrow('State: is no state of a background job. Known: Active /');
    await expect(find({ Состояние: undefined })).rejects.toThrow('Состояние: is no state');
    await expect(find({ Key: undefined })).rejects.toThrow('Key: must be a text.');
    await expect(find({ ИмяМетода: 5 })).rejects.toThrow('ИмяМетода: must be a text.');
    await expect(find({ Begin: 'yesterday' })).rejects.toThrow('Begin: must be a Date, or a time in ISO 8601.');
    await expect(find({ Конец: 5 })).rejects.toThrow('Конец: must be a Date');
    for (const time of ['5', '07.03.2026', 'March 7', '2026-03-07T', new Date(Number.NaN)])
      await expect(find({ Begin: time })).rejects.toThrow('Begin: must be a Date, or a time in ISO 8601.');
    for (const state of [['Active'], Object.create(null), null, 5])
      await expect(find({ State: state })).rejects.toThrow('State: is no state');
    const long = find({ ['x'.repeat(10_000)]: 1 }).catch((error: Error) => error.message.length);
    expect(await long).toBeLessThan(400);
    for (const none of ['State', [], null, new Map([['State', 'Active']]), new Date()])
      await expect(find(none)).rejects.toThrow("filter: must be an object, for example { State: 'Active' }.");
  });

  test('the 1,000 newest finished jobs are kept in the list, and every active one', { timeout: 60_000 }, async () => {
    await using test = await open({ 'Test.a': quick, 'Test.b': quick }, {}, false);
    const { backgroundJobs, progressManager, knex } = test;
    // Older than all others, and active; one that people see no more, and one that they never saw.
    const oldest = await progressManager.push('Later', 'Test.a', [], { runAt: '2090-01-01T00:00:00Z' });
    const early = await progressManager.push('Early', 'Test.b');
    const rest = await progressManager.pushMany(
      Array.from({ length: 1099 }, (_, index) => ({
        name: `Job ${index}`,
        type: 'Test.a',
        options: { isHidden: index === 1090 },
      })),
    );
    const finish = { status: 'success', finished_at: '2026-01-01 00:00:00.000', due_at: null };
    const ended = [early, ...rest].map(({ number }) => number);
    for (let from = 0; from < ended.length; from += 500)
      await knex('progress_manager')
        .whereIn('number', ended.slice(from, from + 500))
        .update(finish);
    await knex('progress_manager').where('number', ended[1095]).update({ is_closed: 1 });

    const listed = await backgroundJobs.getBackgroundJobs();
    expect(listed.length).toBe(1001);
    expect(listed.map(({ job }) => job.number)).toEqual([...ended.slice(-1000).reverse(), oldest.number]);
    expect(await backgroundJobs.getBackgroundJobs({ State: 'Completed' })).toHaveLength(1000);
    expect(await backgroundJobs.getBackgroundJobs({ State: 'Active' })).toHaveLength(1);
    expect(await backgroundJobs.getBackgroundJobs({ MethodName: 'Test.b' })).toEqual([]);
    expect(await backgroundJobs.getBackgroundJobs({ UUID: early.id })).toEqual([]);
    expect((await backgroundJobs.findByUUID(early.id))?.State).toBe('Completed');
  });

  test('a job is found by its UUID, also after its end, and nothing else is', async () => {
    await using test = await open({ 'Test.a': quick });
    const { backgroundJobs } = test;
    const job = await backgroundJobs.execute('Test.a');
    expect((await backgroundJobs.findByUUID(job.UUID.toUpperCase()))?.UUID).toBe(job.UUID);
    await job.waitForCompletion();
    expect((await backgroundJobs.findByUUID(job.UUID))?.State).toBe('Completed');
    for (const strange of [
      '01890000-0000-7000-8000-000000000000',
      'x',
      '',
      job.job.number,
      String(job.job.number),
      {},
      null,
      Object.create(null),
      Symbol('x'),
    ])
      expect(await backgroundJobs.findByUUID(strange as string)).toBeUndefined();
    await test.progressManager.remove(job.UUID);
    await expect(job.refresh()).rejects.toMatchObject({ code: 'job_not_found' });
  });
}
