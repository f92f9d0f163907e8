import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { expect, test } from 'vitest';
import { BuiltTree } from './built-tree.js';
import { deadlocksOn } from './deadlocks.js';
import { Fleet } from './fleet.js';
import { faultsOfRows, NO_FAULTS, readLedger } from './oracle.js';
import { quantile, report } from './report.js';
import { openScene, type Scene } from './scene.js';
import { faults } from './times.js';

const ORPHANS = faults(3000);
/** Rows at the head of the line that nobody can take: an uncommitted transaction of somebody else has them. */
const LOCKED = faults(300);
/** Until the leases of the dead end, all in the same millisecond, ms. */
const LEFT_MS = 3000;

test(`${ORPHANS} jobs whose leases end at once, behind ${LOCKED} that cannot be taken: four new workers take all of them over`, async () => {
  await using scene = await openScene({ fixture: 'rows' });
  await leaveOrphans(scene);
  const knex = scene.app.container.get('knex');
  const deadlocksBefore = (await deadlocksOn(scene.app)) ?? 0;
  await using locking = await lockFirst(scene);
  await using _fleet = await Fleet.start(scene, {
    ...{ count: 4, tree: BuiltTree.bundledForThisRun(), fixture: 'rows' },
    options: { limit: 20, services: { thatHinderChildren: {} } as never },
  });
  const [[{ endedAt }]] = await knex.raw('SELECT UNIX_TIMESTAMP(MAX(run_at)) * 1000 AS endedAt FROM progress_manager');
  const answers: number[] = [];
  const left = () => knex('progress_manager').where('status', 'in_progress').where('number', '>', locking.last).first();
  while (await left()) {
    const since = performance.now();
    await scene.manager.find({ limit: 20 });
    answers.push(performance.now() - since);
    await sleep(50);
  }
  const takenWhileLocked = readLedger(scene.ledger);
  expect(takenWhileLocked.filter(({ job }) => job <= locking.last)).toEqual([]);
  await locking[Symbol.asyncDispose]();
  while (await knex('progress_manager').whereNot('status', 'success').first()) await sleep(50);

  const found = await faultsOfRows(scene.app, 1);
  const afterMs = takenWhileLocked.map(({ at }) => at - Number(endedAt));
  await report('Leases that end at once', scene.app, {
    ...{ planned: ORPHANS + LOCKED, injected: ORPHANS + LOCKED, effective: ORPHANS + LOCKED },
    never: {
      'jobs lost': { found: found.unfinished.length + found.lost.length, of: ORPHANS + LOCKED },
      'slices recorded twice': { found: found.twice.length, of: ORPHANS + LOCKED },
    },
    also:
      `begun again after ${Math.round(quantile(afterMs, 0))} ms (first), ${Math.round(quantile(afterMs, 0.5))} ms (median), ` +
      `${Math.round(quantile(afterMs, 1))} ms (last); deadlocks: ${((await deadlocksOn(scene.app)) ?? 0) - deadlocksBefore}; ` +
      `a list meanwhile: ${Math.round(quantile(answers, 0.5))} ms (median), ${Math.round(quantile(answers, 0.99))} ms (99 %)`,
  });
  expect(found).toEqual(NO_FAULTS);
});

/** Jobs as dead workers leave them. */
async function leaveOrphans({ manager, app }: Scene): Promise<void> {
  const jobs = Array.from({ length: ORPHANS + LOCKED }, () => ({
    ...{ name: 'Rows', type: 'rows', data: { slices: 1, sliceMs: 0 } },
  }));
  await manager.pushMany(jobs);
  const end = `UTC_TIMESTAMP(3) + INTERVAL ${LEFT_MS * 1000} MICROSECOND`;
  await app.container.get('knex').raw(
    `UPDATE progress_manager SET status = 'in_progress', lease_owner = 'gone:1/boot/claim', lease_version = 7, attempt = 1,
            started_at = UTC_TIMESTAMP(3), due_at = ${end}, run_at = ${end}`,
  );
}

/** On a connection that may be idle for as long as it takes. */
async function lockFirst({ databaseUrl }: Scene): Promise<AsyncDisposable & { readonly last: number }> {
  const outsider = await createConnection(databaseUrl);
  await outsider.query('BEGIN');
  const [rows] = (await outsider.query(
    'SELECT number FROM progress_manager FORCE INDEX (PRIMARY) ORDER BY number LIMIT ? FOR UPDATE',
    [LOCKED],
  )) as never as [{ number: number }[]];
  return {
    last: Number(rows.at(-1)?.number),
    [Symbol.asyncDispose]: async () => outsider.destroy(),
  };
}
