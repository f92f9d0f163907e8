import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { expect, test } from 'vitest';
import { tables } from '../../config/tables.js';
import { BuiltTree } from './built-tree.js';
import { Feeding } from './feeding.js';
import { Fleet } from './fleet.js';
import { killAtRandom } from './killing.js';
import { randomOf, seedOfRun } from './random.js';
import { report } from './report.js';
import { openScene, type Scene } from './scene.js';
import { faults } from './times.js';

/** Of workers that held an import, and of workers that held a mass update. */
const KILLS = faults(20);
const ROWS_OF_IMPORT = 15_000;
const ROWS_OF_GROUP = 6000;
const JOBS_AT_ONCE = 6;

test(`${KILLS} kills in the middle of imports and of mass updates: every row imported once, and updated once`, async () => {
  const random = randomOf(seedOfRun('modules'));
  await using scene = await openScene({ options: { tables } });
  const { app, manager } = scene;
  const knex = app.container.get('knex');
  await countUpdates(knex);
  await using fleet = await Fleet.start(scene, {
    ...{
      count: 3,
      tree: BuiltTree.bundledForThisRun(),
      options: { leaseMs: 1000, beatMs: 150, intervalMs: 50, limit: 2 },
    },
  });
  let [imports, groups] = [0, 0];
  // In turns: what is imported is updated by nobody else.
  const feeding = new Feeding(manager, JOBS_AT_ONCE, () =>
    imports <= groups ? pushImport(scene, imports++) : pushUpdate(scene, knex, groups++),
  );

  const hits = { import: 0, massUpdate: 0 };
  const injected = await killAtRandom(fleet, {
    ...{ app, random, pauseMs: 700 },
    // Else most kills hit the type that is hit more often already, or none.
    aim: () => (hits.import <= hits.massUpdate ? 'import' : 'massUpdate'),
    onKill: (held) => {
      if (held.includes('import')) hits.import++;
      if (held.includes('massUpdate')) hits.massUpdate++;
      return Math.min(hits.import, hits.massUpdate) >= KILLS;
    },
  });
  await feeding.finish(300_000);

  const found = {
    unfinished: await knex('progress_manager').whereNot('status', 'success').select('number', 'type', 'error'),
    importedTwice: await twice(knex('place').whereNot('country', 'XX').groupBy('name')),
    imported: await countOf(knex('place').whereNot('country', 'XX')),
    updatedTwice: await twice(knex('place_update').groupBy('place')),
    updated: await countOf(knex('place_update')),
    notReviewed: await countOf(knex('place').where({ country: 'XX' }).whereNot('reviewed', 1)),
  };
  const rows = { imported: imports * ROWS_OF_IMPORT, updated: groups * ROWS_OF_GROUP };
  await report('Kills of imports and mass updates', app, {
    ...{ planned: KILLS, injected, effective: Math.min(hits.import, hits.massUpdate) },
    never: {
      'jobs lost': { found: found.unfinished.length, of: imports + groups },
      'rows imported twice or lost': {
        found: found.importedTwice + rows.imported - found.imported,
        of: rows.imported,
      },
      'rows updated twice or not': { found: found.updatedTwice + rows.updated - found.updated, of: rows.updated },
    },
    also: `${hits.import} hit an import, ${hits.massUpdate} a mass update`,
  });
  expect(found).toEqual({ unfinished: [], importedTwice: 0, updatedTwice: 0, notReviewed: 0, ...rows });
});

/** A row for each update of a row, by the database itself and in the same transaction. */
async function countUpdates(knex: Knex): Promise<void> {
  await knex.schema.createTable('place_update', (table) => table.bigInteger('place').notNullable().index());
  await knex.raw(
    'CREATE TRIGGER count_updates AFTER UPDATE ON place FOR EACH ROW INSERT INTO place_update VALUES (NEW.id)',
  );
}

async function pushImport({ manager, folder }: Scene, index: number): Promise<void> {
  const path = join(folder, `places-${index}.csv`);
  const lines = Array.from({ length: ROWS_OF_IMPORT }, (_, row) => `place ${index}-${row},${row % 90},1.5,YY`);
  await writeFile(path, `name,lat,lng,country\n${lines.join('\n')}\n`);
  await manager.push('Import', 'import', { table: 'place' }, { files: [{ path }] });
}

/** The group tells which rows are meant: each is updated by one job. */
async function pushUpdate({ manager }: Scene, knex: Knex, group: number): Promise<void> {
  const rows = Array.from({ length: ROWS_OF_GROUP }, (_, row) => ({
    ...{ name: `group ${group}-${row}`, lat: 0, lng: 0, country: 'XX', admin1: `group ${group}`, reviewed: 0 },
  }));
  await knex.batchInsert('place', rows, 1000);
  const where = [{ column: 'admin1', op: '=' as const, value: `group ${group}` }];
  await manager.push('Review', 'massUpdate', { table: 'place', where, values: { reviewed: true } });
}

const countOf = async (rows: Knex.QueryBuilder): Promise<number> => Number((await rows.count({ rows: '*' }))[0].rows);

const twice = async (grouped: Knex.QueryBuilder): Promise<number> =>
  (await grouped.havingRaw('COUNT(*) > 1').count({ rows: '*' })).length;
