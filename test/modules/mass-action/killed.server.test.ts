import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { tables } from '../../../config/tables.js';
import { bootForTests } from '../../support/boot-for-tests.js';
import { createTestDatabase } from '../../support/test-database.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

test('of 450 rows whose worker is killed after the first slice each is changed once', { timeout: 60_000 }, async () => {
  await using database = await createTestDatabase();
  await using watcher = await bootForTests({ root: ROOT, databaseUrl: database.url, tables });
  const { container } = watcher.app;
  const [knex, progressManager] = [container.get('knex'), container.get('progressManager')];
  await knex('place').insert(Array.from({ length: 450 }, (_, index) => ({ name: `Place ${index}`, lat: 1, lng: 1 })));
  await knex.schema.alterTable('place', (table) => table.index('name'));
  await knex.schema.createTable('updated', (table) => table.bigInteger('place').notNullable());
  await knex.raw('CREATE TRIGGER place_updated AFTER UPDATE ON place FOR EACH ROW INSERT INTO updated VALUES (NEW.id)');

  // The second slice cannot come past this row; the index keeps the lock on it alone.
  const held = await knex.transaction();
  await held('place').where({ name: 'Place 300' }).update({ name: 'Held' });
  const started = await container.get('massAction').start({
    ...{ table: 'place', action: 'update', where: [] },
    values: { reviewed: true },
  });
  expect(started.count).toBe(450);
  const id = started.job?.id ?? '';
  {
    await using worker = await WorkerProcess.start(ROOT, database.url, watcher.filesDir);
    const first = await until('the first slice', async () => {
      const job = await progressManager.get(id);
      return job?.offset === 0 ? undefined : job;
    });
    expect(first).toMatchObject({ status: 'in_progress', offset: 200, progress: 44.44 });
    await worker.kill();
  }
  await held.rollback();
  expect(await knex('updated').count({ rows: '*' })).toEqual([{ rows: 200 }]);

  await using _next = await WorkerProcess.start(ROOT, database.url, watcher.filesDir);
  const job = await progressManager.wait(id, { timeout: 30_000 });
  expect(job).toMatchObject({ status: 'success', offset: 450, progress: 100, counts: { processed: 450, failed: 0 } });
  const updated: number[] = await knex('updated').pluck('place');
  expect([updated.length, new Set(updated).size]).toEqual([450, 450]);
});
