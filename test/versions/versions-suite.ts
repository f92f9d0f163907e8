import type { BootOptions, Job } from 'progress-manager';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { bootForTests } from '../support/boot-for-tests.js';
import { moduleFolder } from '../support/module-folder.js';
import type { MakeDatabase } from '../support/shared-database.js';
import type { TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

/** What modules that a test writes can reach of it. */
interface Reached {
  /** Steps of `migrate`, as `from:data`. */
  steps: string[];
  /** Called by each slice. */
  slice: () => boolean;
  migrate: (data: { ids?: number[]; v?: number }, from: number) => unknown;
}

const reached: Reached = { steps: [], slice: () => true, migrate: () => undefined };
Object.assign(globalThis, { reachedByModules: reached });

/** A job of as many slices as it has ids. */
const letters = (
  options: string,
) => `{ type: { letters: { ${options} service: class extends pm.AbstractProgressManager {
  executeProgressJob({ data, offset }) {
    this.setResult(data);
    this.advance(offset + 1, data.ids.length);
    return globalThis.reachedByModules.slice(this);
  }
} } } }`;
const MIGRATE = `migrate(data, from) {
  globalThis.reachedByModules.steps.push(from + ':' + JSON.stringify(data));
  return globalThis.reachedByModules.migrate(data, from);
},`;

/** Types of one name and several versions, on one database. */
export function versionsSuite(makeDatabase: MakeDatabase): void {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await makeDatabase();
    reached.steps = [];
    reached.slice = () => true;
    reached.migrate = (data, from) => ({ ...data, v: from + 1 });
  });
  afterEach(() => database[Symbol.asyncDispose]());

  /** A core whose modules declare this. */
  async function open(configs: Readonly<Record<string, string>>, options: Partial<BootOptions> = {}) {
    const folder = await moduleFolder(configs);
    const { app, [Symbol.asyncDispose]: close } = await bootForTests({
      ...{ root: folder.root, databaseUrl: database.url },
      ...options,
    });
    const manager = app.container.get('progressManager');
    return {
      ...{ app, manager, knex: app.container.get('knex') },
      tick: () => app.container.get('loop').tick(),
      push: async (type: string, data: unknown = {}) => (await manager.push('A job', type, data)).number,
      job: async (number: number) => (await manager.get(number)) as Job,
      row: async (number: number) => app.container.get('knex')('progress_manager').where({ number }).first(),
      [Symbol.asyncDispose]: async () => {
        await close();
        await folder[Symbol.asyncDispose]();
      },
    };
  }
  const openVersion = (version?: number) =>
    open({ letters: letters(version === undefined ? '' : `version: ${version}, ${MIGRATE}`) });

  describe('a job pushed by newer code', () => {
    test.each([[undefined], [2]])('waits for a worker that has its version, beside one that has %s', async (older) => {
      await using old = await openVersion(older);
      await using current = await openVersion(3);
      const number = await current.push('letters', { ids: [1, 2] });
      const plain = await old.push('letters', { ids: [1, 2] });
      expect(await old.tick()).toBe(1);
      expect(await old.tick()).toBe(1);
      expect(await old.tick()).toBe(0);
      expect(await old.job(plain)).toMatchObject({ status: 'success' });
      expect(await old.job(number)).toMatchObject({ status: 'new', attempt: 0, version: 3 });
      expect(await current.tick()).toBe(1);
      expect(await current.job(number)).toMatchObject({ status: 'in_progress', offset: 1 });
      expect(reached.steps.filter((step) => step.startsWith('1:'))).toEqual([]);
    });

    test('is still cancelled and removed where its version is not known', async () => {
      await using old = await openVersion();
      await using current = await openVersion(2);
      const number = await current.push('letters', { ids: [1] });
      expect((await old.manager.cancel(number)).status).toBe('cancelled');
      await old.manager.remove(number);
    });
  });

  describe('an older job', () => {
    test('is migrated through all steps once, before its slice and recorded with it', async () => {
      await using old = await openVersion();
      await using current = await openVersion(4);
      const number = await old.push('letters', { ids: [1, 2, 3] });
      await old.tick();
      expect(await old.row(number)).toMatchObject({ version: 1 });
      await current.tick();
      expect(reached.steps).toEqual(['1:{"ids":[1,2,3]}', '2:{"ids":[1,2,3],"v":2}', '3:{"ids":[1,2,3],"v":3}']);
      const job = await current.job(number);
      expect(job).toMatchObject({ offset: 2, version: 4, data: { ids: [1, 2, 3], v: 4 }, result: { v: 4 } });
      await current.tick();
      expect(reached.steps).toHaveLength(3);
      expect((await current.job(number)).status).toBe('success');
    });

    test('that went on in newer code is not taken back by older', async () => {
      await using old = await openVersion();
      await using current = await openVersion(2);
      const number = await old.push('letters', { ids: [1, 2, 3] });
      await old.tick();
      await current.tick();
      expect(await old.tick()).toBe(0);
      expect(await old.job(number)).toMatchObject({ offset: 2, status: 'in_progress' });
    });

    test('stays as it was while its slices say "not now", and is migrated again', async () => {
      await using old = await openVersion();
      await using current = await openVersion(2);
      const number = await old.push('letters', { ids: [1] });
      reached.slice = () => false;
      await current.tick();
      expect(await current.row(number)).toMatchObject({ version: 1, data: '{"ids":[1]}' });
      reached.slice = () => true;
      await current.knex('progress_manager').update({ due_at: '2000-01-01 00:00:00.000' });
      await current.tick();
      expect(reached.steps).toEqual(['1:{"ids":[1]}', '1:{"ids":[1]}']);
      expect(await current.job(number)).toMatchObject({ status: 'success', version: 2, data: { v: 2 } });
    });

    test.each<[string, () => unknown, RegExp]>([
      ['throws', () => fail(), /at the step from version 2 to 3: on purpose/],
      ['rejects', () => Promise.reject(new Error('on purpose')), /at the step from version 2 to 3: on purpose/],
      ['gives nothing', () => undefined, /gave back no data for version 3/],
      ['gives what is no JSON', () => ({ big: 1n }), /cannot be written as JSON: .*BigInt/],
      ['gives too much', () => ({ text: 'x'.repeat(1024 * 1024) }), /has 1048587 bytes of JSON; 1048576 are allowed/],
    ])('whose migrate %s ends in error with its data kept, and goes on once that is mended', async (_, step, words) => {
      await using old = await openVersion();
      await using current = await openVersion(3);
      const number = await old.push('letters', { ids: [1] });
      reached.migrate = (data, from) => (from === 1 ? { ...data, v: 2 } : step());
      await current.tick();
      const { status, error } = await current.job(number);
      expect({ status, code: error?.code }).toEqual({ status: 'error', code: 'migrate_failed' });
      expect(error?.message).toMatch(words);
      expect(await current.row(number)).toMatchObject({ version: 1, data: '{"ids":[1]}', pushed_version: null });
      reached.migrate = (data, from) => ({ ...data, v: from + 1 });
      await current.manager.retry(number);
      await current.tick();
      expect(await current.job(number)).toMatchObject({ status: 'success', version: 3, data: { ids: [1], v: 3 } });
    });

    test('begins as it was pushed when it is run again, in its old version', async () => {
      await using old = await openVersion();
      await using current = await openVersion(3);
      const number = await old.push('letters', { ids: [1] });
      await current.tick();
      const again = await current.manager.runAgain(number);
      expect(await current.row(again.number)).toMatchObject({ version: 1, data: '{"ids":[1]}' });
      reached.steps = [];
      await current.tick();
      expect(reached.steps).toEqual(['1:{"ids":[1]}', '2:{"ids":[1],"v":2}']);
      expect(await current.job(again.number)).toMatchObject({ status: 'success', data: { v: 3 } });
    });
  });

  test('modules that are removed and come back: 1,000 jobs of 3 types wait and go on, none in error', {
    timeout: 120_000,
  }, async () => {
    const type = (key: string) => `{ type: { ${key}: { run: (job) => job.data.at } } }`;
    await using first = await open({ a: type('a'), b: type('b') }, { limit: 10 });
    await using pusher = await open({ a: type('a'), b: type('b'), c: type('c') });
    const types = ['a', 'b', 'c'] as const;
    const jobs = Array.from({ length: 1000 }, (_, at) => ({
      name: 'A job',
      type: types[at % 3] as string,
      data: { at },
    }));
    await pusher.manager.pushMany(jobs);
    await first.app.start();
    {
      await using second = await open({ c: type('c') }, { limit: 10 });
      await second.app.start();
      await until('some of c have ended', async () => (await ended(pusher, 'c')) > 50, 60_000);
    }
    await until(
      'all of a and b have ended',
      async () => (await ended(pusher, 'a')) + (await ended(pusher, 'b')) === 667,
      60_000,
    );
    const left = 333 - (await ended(pusher, 'c'));
    const waiting = await pusher.knex('progress_manager').where({ type: 'c', finished_at: null });
    expect(waiting).toHaveLength(left);
    await using third = await open({ c: type('c') }, { limit: 10 });
    await third.app.start();
    await until('all have ended', async () => (await ended(pusher, 'c')) === 333, 60_000);
    expect(await pusher.knex('progress_manager').where({ status: 'success', attempt: 1 })).toHaveLength(1000);
  });

  async function ended({ knex }: Awaited<ReturnType<typeof open>>, type: string): Promise<number> {
    const [row] = await knex('progress_manager').where({ type }).whereNotNull('finished_at').count({ count: '*' });
    return Number(row?.count);
  }
}

function fail(): never {
  throw new Error('on purpose');
}
