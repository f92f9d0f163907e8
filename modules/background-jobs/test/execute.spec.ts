import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AbstractProgressManager, inject, type Services } from 'progress-manager';
import { describe, expect, test } from 'vitest';
import { until } from '../../../test/support/until.js';
import { gated, openJobs } from './open-jobs.js';

declare module 'progress-manager' {
  interface ProgressJobTypes {
    'Test.declared': readonly [number: number, file?: string];
  }
}

const quick = { run: () => undefined };
const RFC_4122 = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('a background job', () => {
  test('is executed as the manual of the library does it', async () => {
    let folder = '';
    await using test = await openJobs(
      {
        'Test.job': {
          run: async ({ data }) => {
            const [number, file] = data as [number, string];
            await writeFile(join(folder, file), String(number));
          },
        },
      },
      {},
      false,
    );
    folder = test.filesDir;
    const { backgroundJobs } = test;
    const first = await backgroundJobs.execute('Test.job', [1, '1.txt'], 'Key1', 'Desc1');
    const second = await backgroundJobs.execute('Test.job', [1, '2.txt']);
    expect([first.State, second.State]).toEqual(['Active', 'Active']);
    const jobs = await backgroundJobs.getBackgroundJobs();
    expect(jobs.map(({ State }) => State)).toEqual(['Active', 'Active']);
    await test.app.start();
    expect(await backgroundJobs.waitForCompletion(jobs)).toBeUndefined();
    expect(await readFile(join(folder, '1.txt'), 'utf8')).toBe('1');
    expect(await readFile(join(folder, '2.txt'), 'utf8')).toBe('1');
    for (const job of await backgroundJobs.refresh([first, second])) {
      expect(job.State).toBe('Completed');
      expect(Number(job.End)).toBeGreaterThanOrEqual(Number(job.Begin));
    }
  });

  test('is given as it was pushed, though a worker may have ended it already', async () => {
    await using test = await openJobs({ 'Test.quick': quick });
    // The push is over; whoever reads the row now finds the job ended.
    const { progressManager } = test;
    const push = progressManager.push.bind(progressManager);
    progressManager.push = async (...words) => {
      const pushed = await push(...words);
      await progressManager.wait(pushed.id);
      return pushed;
    };
    const job = await test.backgroundJobs.execute('Test.quick');
    expect(job).toMatchObject({ State: 'Active', End: undefined, ErrorInfo: undefined });
    expect(job.Begin).toBeInstanceOf(Date);
    expect((await job.refresh()).State).toBe('Completed');
  });

  test('has ten properties under the names of both languages', async () => {
    await using test = await openJobs({ 'Test.quick': quick });
    const { backgroundJobs } = test;
    const pushed = await backgroundJobs.execute('Test.quick', [], 'K', 'About it');
    expect(pushed.UUID).toMatch(RFC_4122);
    const expected = { MethodName: 'Test.quick', Key: 'K', Description: 'About it', DataSeparation: {} };
    expect(pushed).toMatchObject({ ...expected, State: 'Active', End: undefined, ErrorInfo: undefined });
    expect(pushed.ScheduledJob).toBeUndefined();
    const job = await pushed.waitForExecutionCompletion();
    expect(job).toMatchObject({ ...expected, State: 'Completed', Begin: expect.any(Date), End: expect.any(Date) });
    for (const each of [pushed, job]) {
      expect(each).toMatchObject({
        УникальныйИдентификатор: each.UUID,
        ИмяМетода: each.MethodName,
        Ключ: each.Key,
        Наименование: each.Description,
        Состояние: each.State === 'Active' ? 'Активно' : 'Завершено',
        Начало: each.Begin,
        Конец: each.End,
        ИнформацияОбОшибке: each.ErrorInfo,
        РегламентноеЗадание: each.ScheduledJob,
        РазделениеДанных: each.DataSeparation,
      });
    }
    expect(job.Состояние).toBe('Завершено');
  });

  test('without a key and a description has empty ones', async () => {
    await using test = await openJobs({ 'Test.quick': quick }, {}, false);
    const { UUID } = await test.backgroundJobs.execute('Test.quick');
    expect(await test.backgroundJobs.findByUUID(UUID)).toMatchObject({ Key: '', Description: '', Ключ: '' });
  });

  test('is executed, found and waited for in Russian too', async () => {
    await using test = await openJobs({ 'Test.quick': quick });
    const { backgroundJobs } = test;
    const job = await backgroundJobs.Выполнить('Test.quick', [], 'Ключ1', 'Описание1');
    await backgroundJobs.ОжидатьЗавершения([job]);
    await job.ОжидатьЗавершения();
    const [found] = await backgroundJobs.ПолучитьФоновыеЗадания({ Ключ: 'Ключ1', Состояние: 'Завершено' });
    expect(found?.Наименование).toBe('Описание1');
    expect((await backgroundJobs.НайтиПоУникальномуИдентификатору(job.УникальныйИдентификатор))?.Key).toBe('Ключ1');
    expect((await job.ОжидатьЗавершенияВыполнения()).Состояние).toBe('Завершено');
    expect((await job.Отменить()).Состояние).toBe('Завершено');
    expect(await job.ПолучитьСообщенияПользователю()).toEqual([]);
  });

  test('gets its parameters as they were at the call', async () => {
    const seen: unknown[] = [];
    await using test = await openJobs({ 'Test.see': { run: ({ data }) => void seen.push(data) } }, {}, false);
    const bare = Object.assign(Object.create(null), { a: -1.5 });
    const list = [1, { rows: ['a'] }, null, 'Ж', [true, bare]];
    const asked = test.backgroundJobs.execute('Test.see', list);
    list.push('later');
    (list[1] as { rows: string[] }).rows.push('later');
    await test.app.start();
    await (await asked).waitForCompletion();
    expect(seen).toEqual([[1, { rows: ['a'] }, null, 'Ж', [true, { a: -1.5 }]]]);
  });

  test('of a declared procedure does not compile with other parameters', async () => {
    await using test = await openJobs({ 'Test.declared': quick, 'Test.free': quick }, {}, false);
    const { backgroundJobs } = test;
    await backgroundJobs.execute('Test.declared', [1]);
    await backgroundJobs.Выполнить('Test.declared', [1, '1.txt'], 'K');
    await backgroundJobs.execute('Test.free', ['anything', {}]);
    // @ts-expect-error The first is a number.
    await backgroundJobs.execute('Test.declared', ['1.txt']);
    // @ts-expect-error There are two at most.
    await backgroundJobs.Выполнить('Test.declared', [1, '1.txt', 2]);
    expect(await backgroundJobs.getBackgroundJobs()).toHaveLength(5);
  });

  test('executes others from its procedure, as its own user', async () => {
    class Parent extends AbstractProgressManager<string> {
      constructor(@inject('backgroundJobs') private readonly backgroundJobs: Services['backgroundJobs']) {
        super();
      }

      async executeProgressJob(_job: unknown, { user }: { readonly user: { id: string; isAdmin: boolean } }) {
        await this.backgroundJobs.as(user).execute('Test.child', [], '', 'A child');
        this.advance(1, 1);
        return true;
      }
    }
    await using test = await openJobs({ 'Test.parent': { service: Parent as never }, 'Test.child': quick });
    const anns = test.backgroundJobs.as({ id: 'ann', isAdmin: false });
    await (await anns.execute('Test.parent')).waitForCompletion();
    const [child] = await anns.getBackgroundJobs({ MethodName: 'Test.child' });
    expect(child?.job.userId).toBe('ann');
  });
});

describe('a key', () => {
  test('is held by one active job of a method, and free again after its end', async () => {
    const slow = gated();
    await using test = await openJobs({ 'Test.slow': { run: slow.run }, 'Test.other': quick });
    const { backgroundJobs } = test;
    const first = await backgroundJobs.execute('Test.slow', [], 'K');
    const second = backgroundJobs.execute('Test.slow', [], 'K');
    await expect(second).rejects.toThrow(/уже выполняется.*already running/);
    await expect(second).rejects.toMatchObject({ code: 'key_busy', key: 'K', jobId: first.UUID });
    await until('it runs', () => slow.runs === 1);
    await (await backgroundJobs.execute('Test.other', [], 'K')).waitForCompletion();
    slow.isOpen = true;
    await first.waitForCompletion();
    await (await backgroundJobs.execute('Test.slow', [], 'K')).waitForCompletion();
    expect(slow.runs).toBe(2);
  });

  test('that is empty holds nobody up', async () => {
    const slow = gated();
    await using test = await openJobs({ 'Test.slow': { run: slow.run } });
    await test.backgroundJobs.execute('Test.slow');
    await test.backgroundJobs.execute('Test.slow', [], '');
    await until('both run', () => slow.runs === 2);
  });

  test('is free again when its job was cancelled, and when it has failed', async () => {
    const failing = { run: () => Promise.reject(new Error('no')) };
    await using test = await openJobs({ 'Test.slow': { run: gated().run }, 'Test.fail': failing });
    const { backgroundJobs } = test;
    await (await backgroundJobs.execute('Test.slow', [], 'K')).cancel();
    expect((await backgroundJobs.execute('Test.slow', [], 'K')).State).toBe('Active');
    await (await backgroundJobs.execute('Test.fail', [], 'K')).waitForExecutionCompletion();
    expect((await backgroundJobs.execute('Test.fail', [], 'K')).State).toBe('Active');
  });
});

describe('refused at the call, with nothing listed, is', () => {
  class Money {
    readonly sum = 5;
  }
  const circle: { self?: unknown } = {};
  circle.self = circle;
  let deep: unknown = 1;
  for (let level = 0; level < 100_000; level++) deep = [deep];
  const holes: unknown[] = [1];
  holes[2] = 3;

  test.each<[what: string, parameters: unknown, message: string]>([
    ['a function', [() => 1], 'parameters[0]: Параметр'],
    ['an object that holds itself', ['a', circle], 'parameters[1]: Параметр'],
    ['a function within', [{ a: [{ call: () => 1 }] }], '"call" is function: () => 1.'],
    ['a symbol', [Symbol('x')], '"parameter" is symbol: Symbol(x).'],
    ['a symbol as key', [{ [Symbol('x')]: 1 }], 'has symbols for keys'],
    ['a bigint', [1n], '"parameter" is bigint: 1.'],
    ['a Date', [new Date()], 'but Date'],
    ['a Map', [{ map: new Map() }], '"map" is no plain object, but Map: [object Map].'],
    ['an instance', [new Money()], 'but Money'],
    ['bytes', [Buffer.from('a')], 'but Buffer'],
    [
      'what says itself what it is as JSON',
      [{ price: { toJSON: () => 5 } }],
      '"price" has symbols for keys, or a toJSON',
    ],
    ['NaN', [{ n: Number.NaN }], '"n" is number: NaN.'],
    ['infinity', [Number.POSITIVE_INFINITY], 'number: Infinity.'],
    ['undefined', [1, undefined], '"parameter" is undefined, which could be null.'],
    ['undefined within', [{ a: undefined }], '"a" is undefined'],
    ['a hole', holes, 'parameters[1]: Параметр'],
    ['half a character', ['\ud800'], 'parameters[0]: Параметр'],
    ['what is too deep', [deep], 'parameters[0]: Параметр'],
  ])('%s', async (_, parameters, message) => {
    await using test = await openJobs({ 'Test.quick': quick }, {}, false);
    const asked = test.backgroundJobs.execute('Test.quick', parameters as unknown[], 'K');
    await expect(asked).rejects.toMatchObject({ code: 'invalid_input', status: 400 });
    await expect(asked).rejects.toThrow('Параметр фонового задания не поддерживает сериализацию');
    await expect(asked).rejects.toThrow(message);
    await expect(asked).rejects.toThrow('Give texts, finite numbers');
    expect(await test.backgroundJobs.getBackgroundJobs()).toEqual([]);
  });

  test.each<[what: string, words: readonly unknown[], message: string]>([
    ['an unknown method', ['Test.quik'], 'There is no job type "Test.quik". Did you mean "Test.quick"?'],
    ['a method far from all', ['Тестовый.ТестовоеФЗ'], 'Known: Test.quick, Test.slow.'],
    ['no method', [''], 'There is no job type "". Known: Test.quick, Test.slow.'],
    ['a method that is no text', [7], 'There is no job type "(a number)".'],
    ['a method with a control character', ['Test.quick\0'], 'methodName: must be well-formed text'],
    ['a method that is blank', ['  '], 'methodName: must not be empty.'],
    ['a method that has no text', [Object.create(null)], 'There is no job type "(a object)".'],
    ['parameters that are no list', ['Test.quick', { a: 1 }], "parameters: must be a list: [1, '1.txt']."],
    ['a key that is no text', ['Test.quick', [], 0], 'key: must be a text.'],
    ['a long key', ['Test.quick', [], 'k'.repeat(256)], 'key: must have at most 255 characters.'],
    ['a long description', ['Test.quick', [], '', 'd'.repeat(256)], 'description: must have at most 255 characters.'],
  ])('%s', async (_, words, message) => {
    await using test = await openJobs({ 'Test.quick': quick, 'Test.slow': quick }, {}, false);
    const asked = test.backgroundJobs.execute(...(words as [string]));
    await expect(asked).rejects.toThrow(message);
    await expect(asked).rejects.toMatchObject({ status: expect.toSatisfy((status) => status < 500) });
    expect(await test.backgroundJobs.getBackgroundJobs()).toEqual([]);
  });
});
