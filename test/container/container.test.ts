import {
  AppContainer,
  type BootOptions,
  inject,
  injectable,
  type JobContext,
  type ProgressJob,
  ProgressManager,
} from 'progress-manager';
import { expect, expectTypeOf, test } from 'vitest';
import type { Tally } from '../fixtures/scripted/modules/scripted/services/tally.js';
import { openScripted, type ScriptedProgressManager, script } from '../fixtures/scripted/open-scripted.js';

/** A class that no config declares. */
class Clerk {
  readonly born = Symbol('clerk');
}

class Office {
  constructor(
    @inject('tally') readonly tally: Tally,
    @inject(Clerk) readonly clerk: Clerk,
  ) {}
}

test('what it holds is typed by key, and what it does not hold does not compile', async () => {
  await using scripted = await openScripted();
  const { container } = scripted.app;
  expectTypeOf(container.get('progressManager')).toEqualTypeOf<ProgressManager>();
  expectTypeOf(container.get('tally')).toEqualTypeOf<Tally>();
  expect(container.get('progressManager')).toBeInstanceOf(ProgressManager);
  // @ts-expect-error: no such key
  expect(() => container.get('nope')).toThrow();
  // @ts-expect-error: no such key
  inject('nope');
  // @ts-expect-error: what is bound has the type of its key
  const options: Partial<BootOptions> = { services: { tally: 'five' } };
  expect(options).toBeDefined();
});

test('the data of a declared type is checked when it is compiled, that of others is not', () => {
  const push = (manager: ProgressManager) => {
    void manager.push('A job', 'declared', { table: 'place' });
    void manager.push('A job', 'of a module that declares none', { anything: 1 });
    // @ts-expect-error: a number is no table
    void manager.push('A job', 'declared', { table: 5 });
    // @ts-expect-error: no such option
    void manager.push('A job', 'declared', { table: 'place' }, { priorty: 1 });
  };
  expect(push).toBeTypeOf('function');
  expectTypeOf<ProgressJob<'declared'>['data']>().toEqualTypeOf<{ readonly table: string }>();
  expectTypeOf<ProgressJob['data']>().toEqualTypeOf<unknown>();
});

test('each slice has a service of its own, with what it injects; what a module calls a service is one for all', async () => {
  await using scripted = await openScripted();
  const services: ScriptedProgressManager[] = [];
  const contexts = new Set<JobContext>();
  script.slice = (service, job, context) => {
    services.push(service);
    contexts.add(context);
    service.tally.count++;
    service.advance(job.offset + 1, 2);
    return true;
  };
  const jobs = [await scripted.push(), await scripted.push('other')];
  await scripted.app.start();
  await scripted.manager.wait(jobs, { timeout: 5000 });
  expect([new Set(services).size, contexts.size]).toEqual([4, 4]);
  const { container } = scripted.app;
  expect(new Set(services.map(({ tally }) => tally))).toEqual(new Set([container.get('tally')]));
  expect(services.every(({ logger }) => logger === container.get('logger'))).toBe(true);
  expect(container.get('tally').count).toBe(4);
});

test('a class of a module is made anew each time, whatever its decorator says, and may serve several types', () => {
  @injectable('Singleton')
  class Stubborn {}
  const container = new AppContainer();
  container.setTransient(Stubborn);
  container.setTransient(Stubborn);
  expect(container.create(Stubborn)).not.toBe(container.create(Stubborn));
});

test('a key has one owner: an application cannot take one of core or of a module', async () => {
  const services = { knex: 5, tally: 5, own: 5 } as object;
  await expect(openScripted({ services })).rejects.toMatchObject({
    code: 'configuration',
    faults: [expect.stringContaining('"knex"'), expect.stringContaining('"tally"')],
  });
});

test('an application brings services of its own, and classes that inject them and each other', async () => {
  const tally = { count: 7 };
  await using scripted = await openScripted();
  const { container } = scripted.app;
  const [one, two] = [container.create(Office), container.create(Office)];
  expect(one).not.toBe(two);
  expect(one.tally).toBe(container.get('tally'));
  expect(one.clerk).toBeInstanceOf(Clerk);

  const own = new AppContainer();
  own.setAll({ tally });
  expect(own.create(Office).tally).toBe(tally);
});
