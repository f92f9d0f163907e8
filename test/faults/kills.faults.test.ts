import { expect, test } from 'vitest';
import { slicesOf } from '../fixtures/rows/modules/rows/services/rows-of-slice.js';
import { BuiltTree } from './built-tree.js';
import { Feeding } from './feeding.js';
import { Fleet } from './fleet.js';
import { killAtRandom } from './killing.js';
import { faultsOfRows, NO_FAULTS, readLedger } from './oracle.js';
import { randomOf, seedOfRun } from './random.js';
import { report } from './report.js';
import { openScene } from './scene.js';
import { faults } from './times.js';

const ROWS = 1000;

test.each([
  { where: 'the server', workers: 4, kills: faults(200), pauseMs: 250, services: { thatHinderChildren: {} } },
  { where: 'the server, in child processes', workers: 2, kills: faults(12), pauseMs: 2000 },
  { where: 'one SQLite file', workers: 2, kills: faults(12), pauseMs: 600 },
])(
  '$kills kills at random moments of jobs that write a varying number of rows a slice, on $where: every row once',
  async ({ where, workers, kills, pauseMs, services }) => {
    const random = randomOf(seedOfRun(`kills on ${where}`));
    await using scene = await openScene({ fixture: 'rows', ...(where.includes('SQLite') && { database: 'sqlite' }) });
    const { app, manager } = scene;
    // Few places, and no turns: a job whose worker was killed takes a process of its own where it can, which is slow to start.
    const options = {
      leaseMs: 1500,
      beatMs: 200,
      intervalMs: 50,
      limit: 2,
      sliceMs: 10_000,
      ...(services && { services: services as never }),
    };
    await using fleet = await Fleet.start(scene, {
      ...{ count: workers, tree: BuiltTree.bundledForThisRun(), fixture: 'rows', options },
    });
    const feeding = new Feeding(manager, 3 * workers, () => manager.push('Rows', 'varied_rows', { rows: ROWS }));

    let effective = 0;
    const injected = await killAtRandom(fleet, {
      ...{ app, random, pauseMs },
      onKill: (held) => {
        if (held.length > 0) effective++;
        return effective === kills;
      },
    });
    await feeding.finish(300_000);

    const found = await faultsOfRows(app, ({ number }) => ({ rows: ROWS, slices: slicesOf(number, ROWS) }));
    const jobs: number[] = await app.container.get('knex')('progress_manager').pluck('number');
    const slices = jobs.reduce((sum, number) => sum + slicesOf(Number(number), ROWS), 0);
    const begun = readLedger(scene.ledger).length;
    await report('Kills at random moments', app, {
      ...{ planned: kills, injected, effective },
      never: {
        'jobs lost': { found: found.unfinished.length + found.lost.length, of: jobs.length },
        'rows twice': { found: found.twice.length, of: jobs.length * ROWS },
        'slices recorded twice': { found: found.recordedTwice.length, of: slices },
        'stale writes': { found: found.stale.length, of: slices },
      },
      also: `${begun} slices begun, ${begun - slices} of them again`,
    });
    expect(found).toEqual(NO_FAULTS);
    // Otherwise no kill has undone anything.
    expect(begun).toBeGreaterThan(slices);
  },
);
