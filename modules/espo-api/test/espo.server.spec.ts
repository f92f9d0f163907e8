import { describe, expect, test } from 'vitest';
import { createTestDatabase } from '../../../test/support/test-database.js';
import { type Espo, type EspoOptions, openEspo } from './open-espo.js';
import { panelSuite } from './panel-suite.js';
import { workerSuite } from './worker-suite.js';

/** On an empty database of the server under test, which goes with it. */
async function onServer(options: EspoOptions = {}): Promise<Espo> {
  const database = await createTestDatabase();
  const espo = await openEspo({ ...options, databaseUrl: database.url });
  const close = espo[Symbol.asyncDispose].bind(espo);
  return Object.assign(espo, {
    [Symbol.asyncDispose]: async () => {
      await close();
      await database[Symbol.asyncDispose]();
    },
  });
}

describe('on a server', () => {
  panelSuite(onServer);
  workerSuite(onServer);

  test('scenario 10: B4: of two workers at once each job is carried by one, exactly once', async () => {
    await using database = await createTestDatabase();
    const carried: string[] = [];
    const byWhom = (worker: string): EspoOptions => ({
      databaseUrl: database.url,
      limit: 7,
      slice: async (service, { name }) => {
        carried.push(name);
        workers.add(worker);
        await new Promise((resolve) => setImmediate(resolve));
        service.advance(1, 1);
        return true;
      },
    });
    const workers = new Set<string>();
    await using one = await openEspo(byWhom('one'));
    await using other = await openEspo(byWhom('other'));
    const names = Array.from({ length: 100 }, (_, index) => `job ${index}`);
    for (const name of names) expect(await one.espo.push(name, 'export', [], 'ann')).toBe(true);
    const work = async (at: Espo) => {
      for (let idle = 0; idle < 3; ) idle = (await at.tick()) > 0 ? 0 : idle + 1;
    };
    await Promise.all([work(one), work(other)]);
    expect([...carried].sort()).toEqual([...names].sort());
    expect(workers.size, 'workers that took part').toBe(2);
    const { total, list } = await one.ask(200, 'ann', 'GET ProgressManager/popupData?maxSize=200');
    const ended = list.filter(({ status }: { readonly status: { readonly key: string } }) => status.key === 'success');
    expect([total, ended.length]).toEqual([100, 100]);
  });
});
