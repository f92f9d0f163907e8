import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { bootForTests } from '../support/boot-for-tests.js';
import { createTestDatabase } from '../support/test-database.js';
import { Fleet, INTERVAL_MS, LEASE_MS, ROWS_ROOT } from './fleet.js';
import { faultsOfRows, NO_FAULTS, readLedger } from './oracle.js';
import { randomOf, seedOfRun } from './random.js';

const KILLS = 60;
const STOPS = 20;
const SLICES = 40;
/** Fewer than the places of the workers that are left, so that a job is never late for want of a place. */
const JOBS_AT_ONCE = 12;

test(`${KILLS} kills and ${STOPS} pauses past the lease: nothing lost, nothing twice, and every job rescued in time`, async () => {
  const random = randomOf(seedOfRun('crash'));
  const folder = await mkdtemp(join(tmpdir(), 'pm-faults-'));
  const ledger = join(folder, 'ledger.txt');
  await writeFile(ledger, '');
  await using database = await createTestDatabase();
  await using pusher = await bootForTests({ root: ROWS_ROOT, databaseUrl: database.url, filesDir: folder });
  const { app } = pusher;
  const manager = app.container.get('progressManager');
  await app.container.get('knex').schema.createTable('fault_row', (table) => {
    table.bigInteger('job').notNullable();
    table.integer('seq').notNullable();
  });
  await using fleet = await Fleet.start(4, database.url, folder, ledger);

  let isOver = false;
  const feeding = (async () => {
    while (!isOver) {
      const { total } = await manager.find({ status: ['new', 'in_progress'], limit: 1 });
      for (let count = total; count < JOBS_AT_ONCE; count++) {
        await manager.push('Rows', 'rows', { slices: SLICES, sliceMs: 20 + Math.floor(random() * 80) });
      }
      await sleep(50);
    }
  })();

  /** Asked while the worker can write no more: this is what it held. */
  const heldBy = async (pid: number) =>
    (await manager.find({ status: ['in_progress'], limit: 200 })).list
      .filter(({ worker }) => worker?.endsWith(`:${pid}`))
      .map(({ number }) => number);
  const faults: { kind: 'kill' | 'stop'; pid: number; at: number; held: number[] }[] = [];
  const left = { kill: KILLS, stop: STOPS };
  while (left.kill + left.stop > 0) {
    await sleep(random() * 600);
    const index = Math.floor(random() * fleet.workers.length);
    const pid = fleet.workers[index]?.pid ?? 0;
    const kind = random() < left.stop / (left.kill + left.stop) ? 'stop' : 'kill';
    const at = Date.now();
    if (kind === 'stop') process.kill(pid, 'SIGSTOP');
    else await fleet.kill(index);
    // A claim that was on its way may still be carried out: then this worker holds it too.
    await sleep(100);
    const held = await heldBy(pid);
    faults.push({ kind, pid, at, held });
    // A fault that hits nothing does not count.
    if (held.length > 0) left[kind]--;
    if (kind === 'kill') await fleet.replace(index);
    else {
      await sleep(LEASE_MS * (1 + random()));
      process.kill(pid, 'SIGCONT');
    }
  }
  isOver = true;
  await feeding;
  const unfinished = (await manager.find({ status: ['new', 'in_progress'], limit: 200 })).list;
  await manager.wait(
    unfinished.map(({ id }) => id),
    { timeout: 60_000 },
  );

  const begun = readLedger(ledger);
  /** From the fault to the next slice in another process; until then another fault may have hit whoever took the job. */
  const rescues = faults
    // A worker that was paused goes on with what nobody has taken, and may pause with a row locked: it bounds nothing.
    .filter(({ kind }) => kind === 'kill')
    .flatMap(({ pid, at, held }) =>
      held.map((job) => {
        const next = begun.find((slice) => slice.job === job && slice.pid !== pid && slice.at >= at);
        const isHitAgain = faults.some(
          (other) => other.at > at && other.at < (next?.at ?? 0) && other.held.includes(job),
        );
        return isHitAgain || !next ? undefined : next.at - at;
      }),
    )
    .filter((took) => took !== undefined)
    .sort((a, b) => a - b);
  const [row] = await app.container.get('knex')('progress_manager').count<{ jobs: number }[]>('* as jobs');
  const total = Number(row?.jobs);
  console.log(
    `${begun.length} slices of ${total} jobs begun, ${begun.length - total * SLICES} of them again; ` +
      `${KILLS} kills and ${STOPS} pauses that hit a job, of ${faults.length} faults; ` +
      `${rescues.length} rescues: median ${rescues[rescues.length >> 1]} ms, longest ${rescues.at(-1)} ms`,
  );
  expect(await faultsOfRows(app, SLICES)).toEqual(NO_FAULTS);
  expect(rescues.length).toBeGreaterThan(KILLS / 2);
  expect(rescues.at(-1)).toBeLessThanOrEqual(LEASE_MS + INTERVAL_MS + 1000);
  await rm(folder, { recursive: true, force: true });
});
