import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { until } from '../support/until.js';
import { BuiltTree } from './built-tree.js';
import { Fleet } from './fleet.js';
import { faultsOfRows, NO_FAULTS, readLedger } from './oracle.js';
import { randomOf, seedOfRun } from './random.js';
import { report } from './report.js';
import { openScene, type Scene } from './scene.js';
import { faults } from './times.js';

const LIMIT = 5;
const JOBS_AT_ONCE = 600;

interface HeldRow {
  readonly number: number | string;
  readonly status: string;
  readonly is_isolated: number;
}

const KILLS = faults(8);

test(`${KILLS} kills of a worker that holds more jobs than it has places: each done once, and whoever had not begun is no suspect`, async () => {
  const random = randomOf(seedOfRun('kills of a worker that has prefetched'));
  await using scene = await openScene({ fixture: 'rows' });
  // One at a time: where others take from the same, nothing is prefetched.
  await using fleet = await Fleet.start(scene, {
    ...{ count: 1, tree: BuiltTree.bundledForThisRun(), fixture: 'rows' },
    options: { leaseMs: 1500, beatMs: 200, intervalMs: 100, limit: LIMIT },
  });

  let injected = 0;
  const deaths: { readonly begun: number[]; readonly waiting: number[]; readonly suspects: number[] }[] = [];
  while (deaths.length < KILLS) {
    await pushUpTo(scene, JOBS_AT_ONCE);
    const pid = fleet.workers[0]?.[1] as number;
    await until('prefetched jobs', async () => (await heldBy(scene, pid)).length > 3 * LIMIT, 30_000);
    await sleep(random() * 100);
    await fleet.kill(0);
    injected++;
    const held = (await heldBy(scene, pid)).map(({ number }) => Number(number));
    const isBegun = new Set(
      readLedger(scene.ledger)
        .filter((line) => line.pid === pid)
        .map(({ job }) => job),
    );
    await fleet.replace(0);
    const ended = await until('the end of what it held', () => endedOf(scene, held), 60_000);
    // A fault that hits nobody who waits does not count.
    const waiting = held.filter((number) => !isBegun.has(number));
    if (waiting.length <= LIMIT) continue;
    const suspects = ended.filter(({ is_isolated }) => Number(is_isolated) === 1).map(({ number }) => Number(number));
    deaths.push({ begun: held.filter((number) => isBegun.has(number)), waiting, suspects });
  }
  await until('the end of all jobs', async () => (await unfinished(scene)) === 0, 120_000);

  const found = await faultsOfRows(scene.app, 1);
  const [jobs] = await scene.app.container.get('knex')('progress_manager').count({ count: '*' });
  const sum = (of: (death: (typeof deaths)[number]) => readonly number[]) =>
    deaths.reduce((total, death) => total + of(death).length, 0);
  const unsuspected = sum(({ begun, suspects }) => begun.filter((number) => !suspects.includes(number)));
  await report('Kills of a worker that has prefetched', scene.app, {
    ...{ planned: KILLS, injected, effective: deaths.length },
    never: {
      'jobs lost': { found: found.unfinished.length + found.lost.length, of: Number(jobs?.count) },
      'rows twice': { found: found.twice.length, of: Number(jobs?.count) },
      'jobs that had begun, and were no suspects': { found: unsuspected, of: sum(({ begun }) => begun) },
    },
    also: `${sum(({ waiting }) => waiting)} jobs waited in workers that were killed, ${sum(({ waiting, suspects }) => waiting.filter((number) => suspects.includes(number)))} of them suspects: said to begin, and not in the ledger yet`,
  });
  expect(found).toEqual(NO_FAULTS);
  expect(unsuspected).toBe(0);
  for (const { waiting, suspects } of deaths) {
    // Said to begin together, and not in the ledger yet.
    expect(waiting.filter((number) => suspects.includes(number)).length).toBeLessThanOrEqual(LIMIT);
  }
});

async function pushUpTo({ manager, app }: Scene, count: number): Promise<void> {
  const [row] = await app.container
    .get('knex')('progress_manager')
    .whereIn('status', ['new', 'in_progress'])
    .count({ count: '*' });
  const job = { name: 'Row', type: 'rows', data: { slices: 1, sliceMs: 0 } };
  await manager.pushMany(Array.from({ length: count - Number(row?.count) }, () => job));
}

function heldBy({ app }: Scene, pid: number): Promise<HeldRow[]> {
  return app.container
    .get('knex')('progress_manager')
    .where('lease_owner', 'like', `%:${pid}/%`)
    .select('number', 'status', 'is_isolated');
}

/** `undefined` while not all of them have ended. */
async function endedOf({ app }: Scene, numbers: readonly number[]): Promise<HeldRow[] | undefined> {
  const rows: HeldRow[] = await app.container
    .get('knex')('progress_manager')
    .whereIn('number', numbers)
    .where('status', 'success')
    .select('number', 'status', 'is_isolated');
  return rows.length === numbers.length ? rows : undefined;
}

async function unfinished({ app }: Scene): Promise<number> {
  const [row] = await app.container.get('knex')('progress_manager').whereNot('status', 'success').count({ count: '*' });
  return Number(row?.count);
}
