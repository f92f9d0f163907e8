import type { Job } from 'progress-manager';
import { expect, test } from 'vitest';
import type { Wild } from '../fixtures/wild/modules/wild/services/wild-progress-manager.js';
import { BuiltTree } from './built-tree.js';
import { Fleet } from './fleet.js';
import { readLedger } from './oracle.js';
import { randomOf, seedOfRun } from './random.js';
import { report } from './report.js';
import { openScene } from './scene.js';
import { TIMES } from './times.js';

const HARMS = ['exit', 'segfault', 'kill', 'abort', 'block'] as const;
const POISONS = HARMS.length * TIMES;
const INNOCENTS = 60 * TIMES;
const SLICES = 10;
/** What a job's own process may die of before the job ends. */
const DEATHS = 3;

test(`${POISONS} jobs that kill their process, among ${INNOCENTS} that do not: each poison dies alone, and nobody with it`, async () => {
  const random = randomOf(seedOfRun('poisons'));
  await using scene = await openScene({ fixture: 'wild' });
  const { app, manager } = scene;
  const knex = app.container.get('knex');
  await knex.schema.createTable('wild_row', (table) => {
    table.integer('job');
    table.integer('seq');
    table.integer('pid');
  });
  const at = () => Math.floor(random() * SLICES);
  const pushed: Wild[] = [
    ...Array.from({ length: INNOCENTS }, () => ({ slices: SLICES, sliceMs: 40, rows: true })),
    ...Array.from({ length: POISONS }, (_, index) => ({
      ...{ slices: SLICES, sliceMs: 40, rows: true, at: at() },
      harm: HARMS[index % HARMS.length] as (typeof HARMS)[number],
    })),
  ].sort(() => random() - 0.5);
  const jobs = await manager.pushMany(pushed.map((data) => ({ name: 'A job', type: 'wild', data })));

  await using fleet = await Fleet.start(scene, {
    ...{ count: 4, tree: BuiltTree.bundledForThisRun(), fixture: 'wild', options: { limit: 3 }, replaceDead: true },
  });
  await manager.wait(
    jobs.map(({ id }) => id),
    { timeout: 300_000 * TIMES },
  );

  const begun = readLedger(scene.ledger);
  const rows: { job: number; seq: number }[] = await knex('wild_row').select('job', 'seq');
  const rowsOf = (number: number) =>
    rows
      .filter(({ job }) => Number(job) === number)
      .map(({ seq }) => Number(seq))
      .sort((a, b) => a - b);
  const upTo = (count: number) => Array.from({ length: count }, (_, seq) => seq);
  const wrong: { readonly innocent: number[]; readonly poison: number[] } = { innocent: [], poison: [] };
  for (const [index, { id, number }] of jobs.entries()) {
    const { harm, at: place = SLICES } = pushed[index] as Wild;
    const job = (await manager.get(id)) as Job;
    const isWhole = String(rowsOf(number)) === String(upTo(place));
    if (!harm && !(isWhole && job.status === 'success')) wrong.innocent.push(number);
    if (!harm) continue;
    const tries = begun.filter((slice) => slice.job === number && slice.offset === place).length;
    // Three times in a process of its own, and before that once in a worker, unless that was killed by another poison.
    const isAlone = tries === DEATHS || tries === DEATHS + 1;
    const ended = job.status === 'error' && job.error?.code === 'worker_lost' && job.offset === place;
    if (!(isWhole && isAlone && ended)) wrong.poison.push(number);
  }
  await report('Jobs that kill their process', app, {
    ...{ planned: POISONS, injected: POISONS, effective: POISONS },
    never: {
      'innocents harmed': { found: wrong.innocent.length, of: INNOCENTS },
      'poisons not stopped, or too late': { found: wrong.poison.length, of: POISONS },
    },
    also: `${fleet.deaths} workers died`,
  });
  expect(wrong).toEqual({ innocent: [], poison: [] });
  expect(fleet.deaths).toBeGreaterThan(0);
  expect(fleet.deaths).toBeLessThanOrEqual(POISONS);
});
