import { killAfter } from 'progress-manager/testing';
import { expect, test } from 'vitest';
import type { Application } from '../application.js';

/** What mass actions must show on every kind of database. */
export function describeMassAction(boot: () => Promise<Application>): void {
  test('450 rows take three slices: offsets 200, 400, 450; 44.44 %, 88.89 %, 100 %', async () => {
    await using application = await boot();
    const ids = await insertItems(application, 450);
    for (const selection of [{ ids }, { where: [] }]) {
      const { id } = await application.progressManager.push('Update', 'massUpdate', {
        table: 'item',
        ...selection,
        values: { note: JSON.stringify(Object.keys(selection)) },
      });
      expect(await application.slice(id)).toMatchObject({ status: 'in_progress', offset: 200, progress: 44.44 });
      expect(await application.slice(id)).toMatchObject({ status: 'in_progress', offset: 400, progress: 88.89 });
      expect(await application.slice(id)).toMatchObject({
        ...{ status: 'success', offset: 450, progress: 100 },
        counts: { processed: 450, total: 450, failed: 0, skipped: 0 },
      });
      const changed = await application.knex('item').where({ note: JSON.stringify(Object.keys(selection)) });
      expect(changed).toHaveLength(450);
    }
  });

  test('450 rows are counted at once, and each is changed exactly once, also when the worker dies after the first slice', async () => {
    await using application = await boot();
    await insertItems(application, 450);
    await writeUpdatesDown(application);
    const massAction = application.app.container.get('massAction');
    for (const kill of [undefined, killAfter(1)]) {
      const note = kill === undefined ? 'undisturbed' : 'killed';
      const { count, job } = await massAction.start({ table: 'item', action: 'update', where: [], values: { note } });
      expect([count, await application.knex('updated').count({ rows: '*' })]).toEqual([450, [{ rows: 0 }]]);
      const ended = await application.runToEnd(job?.id ?? '', { kill });
      expect(ended).toMatchObject({ status: 'success', offset: 450, progress: 100, counts: { processed: 450 } });
      const updated: number[] = await application.knex('updated').pluck('item');
      expect([updated.length, new Set(updated).size]).toEqual([450, 450]);
      expect(await application.knex('item').where({ note })).toHaveLength(450);
      await application.knex('updated').delete();
    }
  });

  test('conditions are frozen at push: rows added later stay, rows that no longer meet them are skipped', async () => {
    await using application = await boot();
    const { knex, progressManager } = application;
    await insertItems(application, 300);
    const where = [
      { column: 'amount', op: '<=' as const, value: 250 },
      { column: 'note', op: 'is null' as const },
    ];
    const { id } = await progressManager.push('Remove', 'massRemove', { table: 'item', where });
    await knex('item').insert({ code: 'later', amount: 1 });
    await application.slice(id);
    await knex('item').where({ code: 'c205' }).delete();
    await knex('item').where({ code: 'c210' }).update({ note: 'keep me' });
    const job = await application.runToEnd(id);
    expect(job).toMatchObject({ status: 'success', counts: { processed: 250, total: 250, failed: 0, skipped: 2 } });
    const left = await knex('item').where('amount', '<=', 250).orderBy('code').pluck('code');
    expect(left).toEqual(['c210', 'later']);
    expect(await knex('item').count({ rows: '*' })).toEqual([{ rows: 52 }]);
  });

  test('an update that ends its own condition still meets every row once', async () => {
    await using application = await boot();
    await insertItems(application, 401);
    const where = [{ column: 'note', op: 'is null' as const }];
    const { id } = await application.progressManager.push('Update', 'massUpdate', {
      table: 'item',
      where,
      values: { note: 'done' },
    });
    expect(await application.runToEnd(id)).toMatchObject({ counts: { processed: 401, skipped: 0 } });
    expect(await application.knex('item').where({ note: 'done' }).count({ rows: '*' })).toEqual([{ rows: 401 }]);
  });

  test('more than 1,000 ids go to a file; doubled ones count once, those that are gone are skipped', async () => {
    await using application = await boot();
    const ids = await insertItems(application, 1100);
    const wanted = [...ids, ...ids, 999_999].reverse();
    const { id } = await application.progressManager.push('Remove', 'massRemove', { table: 'item', ids: wanted });
    const pushed = await application.get(id);
    expect(pushed.inputs).toMatchObject([{ name: 'ids.txt', size: 1101 * 17 }]);
    expect(pushed.data).toEqual({ table: 'item', idFile: pushed.inputs[0]?.id, total: 1101 });
    expect(await application.runToEnd(id)).toMatchObject({
      status: 'success',
      counts: { processed: 1101, skipped: 1 },
    });
    expect(await application.knex('item').count({ rows: '*' })).toEqual([{ rows: 0 }]);
  });

  test('a row that the database refuses is counted, the others are changed', async () => {
    await using application = await boot();
    const ids = await insertItems(application, 3);
    const { id } = await application.progressManager.push('Update', 'massUpdate', {
      table: 'item',
      ids,
      values: { code: 'same' },
    });
    const job = await application.runToEnd(id);
    expect(job).toMatchObject({ status: 'success', counts: { processed: 3, failed: 2, skipped: 0 } });
    expect(job.message).toMatch(/^The database refused row \d+: .*(unique|duplicate)/i);
    expect(await application.knex('item').where({ code: 'same' }).count({ rows: '*' })).toEqual([{ rows: 1 }]);
  });

  test('up to 200 rows are changed at once, 201 make a job with a name', async () => {
    await using application = await boot();
    const { knex, app, progressManager } = application;
    await insertItems(application, 201);
    const massAction = app.container.get('massAction');
    const where = [{ column: 'amount', op: '<=' as const, value: 200 }];
    const atOnce = await massAction.start({ table: 'item', action: 'update', where, values: { note: 'at once' } });
    expect(atOnce).toEqual({ count: 200 });
    expect(await knex('item').where({ note: 'at once' }).count({ rows: '*' })).toEqual([{ rows: 200 }]);

    const byJob = await massAction.start({ table: 'item', action: 'remove', where: [] });
    expect(byJob).toMatchObject({ count: 201, job: { id: expect.any(String), number: expect.any(Number) } });
    expect((await progressManager.find()).list.map(({ name }) => name)).toEqual(['item. Mass remove']);
    await application.runToEnd(byJob.job?.id ?? '');
    expect(await knex('item').count({ rows: '*' })).toEqual([{ rows: 0 }]);
  });
}

/** From here on the table `updated` has a row for each time that an item is updated. */
async function writeUpdatesDown({ knex }: Application): Promise<void> {
  await knex.schema.createTable('updated', (table) => table.bigInteger('item').notNullable());
  const insert = 'BEGIN INSERT INTO updated (item) VALUES (NEW.id); END';
  await knex.raw(`CREATE TRIGGER item_updated AFTER UPDATE ON item FOR EACH ROW ${insert}`);
}

/** Items `c1` … with amounts 1 …; gives their ids. */
async function insertItems({ knex }: Application, count: number): Promise<number[]> {
  const items = Array.from({ length: count }, (_, index) => ({ code: `c${index + 1}`, amount: index + 1 }));
  for (let start = 0; start < count; start += 500) await knex('item').insert(items.slice(start, start + 500));
  return knex('item').orderBy('id').pluck('id');
}
