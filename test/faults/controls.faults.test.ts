import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startProxy } from '../support/proxy.js';
import { until } from '../support/until.js';
import { BuiltTree, type Removal } from './built-tree.js';
import { Fleet } from './fleet.js';
import { type Begun, type FaultsOfRows, faultsOfRows, NO_FAULTS, readLedger } from './oracle.js';
import { randomOf, seedOfRun } from './random.js';
import { openScene, type Scene } from './scene.js';

// With a defence taken out of the workers the oracle must find damage: one that cannot is too weak to prove anything.

const LEASE_MS = 1000;
const OPTIONS = { leaseMs: LEASE_MS, beatMs: 150, intervalMs: 50, limit: 10 };
/** What is taken over goes on in the other worker: it begins at once, also where a process takes seconds to. */
const INLINE = { ...OPTIONS, services: { thatHinderChildren: {} } as never };
const LONGEST_PAUSE_MS = 5000;
const FILE = 'store/slice-writes.js';
const GUARDS = 'store/slice-record.js';
const TOKEN: Removal = { file: GUARDS, what: `AND lease_version = \${value('lease_version')}`, instead: '' };
const SLICE: Removal = { file: GUARDS, what: `AND slice_seq = \${value('slice_seq')}`, instead: '' };
/** After an answer that was lost nobody looks whether the write came through. */
const LOOK: readonly Removal[] = [
  { file: FILE, what: '.equals(writeId)', instead: '.equals(Buffer.alloc(0))' },
  { file: FILE, what: 'Number(row.slice_seq) > sliceSeq', instead: 'false' },
];
const SLICES = 20;
/** A broken worker has so many pauses to do harm; a whole one does none in as many as take CI a few seconds. */
const PAUSES = { whole: 4, broken: 15 };

type Harm = FaultsOfRows & { readonly again: number };

/**
 * Pauses workers in the middle of their writes until others have taken their jobs over; up to so much longer, ms. Ends
 * with the harm that is sought.
 */
async function pausePastTheLease(
  tree: BuiltTree,
  pauses: number,
  longerMs: number,
  sought: keyof FaultsOfRows = 'stale',
): Promise<Harm> {
  const random = randomOf(seedOfRun('control: pauses'));
  await using scene = await openScene({ fixture: 'rows' });
  await using fleet = await Fleet.start(scene, { count: 2, tree, fixture: 'rows', options: INLINE });
  const jobs = await pushRows(scene, { slices: SLICES, sliceMs: 10, writeMs: 400 });
  for (let pause = 0; pause < pauses; pause++) {
    await sleep(300 + random() * 300);
    const [pid, inHand] = await busiest(scene, fleet);
    process.kill(pid, 'SIGSTOP');
    await sleep(LEASE_MS + random() * longerMs);
    // One that was paused with its rows locked keeps them from others.
    const end = performance.now() + LONGEST_PAUSE_MS;
    while (sought === 'twice' && !(await writtenByOthers(scene, pid, inHand)) && performance.now() < end)
      await sleep(50);
    process.kill(pid, 'SIGCONT');
    const found = await faultsOfRows(scene.app, SLICES);
    if (found[sought].length > 0) break;
  }
  await scene.manager.wait(jobs, { timeout: 300_000 });
  return await harm(scene, jobs);
}

/** The worker that is at most slices, and these. */
async function busiest(scene: Scene, fleet: Fleet): Promise<readonly [pid: number, inHand: readonly Begun[]]> {
  const rows = await rowsOf(scene);
  const begun = readLedger(scene.ledger);
  const inHandOf = fleet.workers.map(([, pid]) => {
    const last = new Map(begun.flatMap((slice) => (slice.pid === pid ? [[slice.job, slice]] : [])));
    return [pid, [...last.values()].filter((slice) => !rows.some((row) => isOf(slice, row)))] as const;
  });
  return inHandOf.sort(([, some], [, others]) => others.length - some.length)[0] ?? [0, []];
}

async function writtenByOthers(scene: Scene, pid: number, inHand: readonly Begun[]): Promise<boolean> {
  const rows = (await rowsOf(scene)).filter((row) => Number(row.pid) !== pid);
  return inHand.some((slice) => rows.some((row) => isOf(slice, row)));
}

interface Row {
  readonly job: number;
  readonly seq: number;
  readonly pid: number;
}

const rowsOf = async ({ app }: Scene): Promise<readonly Row[]> =>
  app.container.get('knex')('fault_row').select('job', 'seq', 'pid');

const isOf = ({ job, offset }: Begun, row: Row) => Number(row.job) === job && Number(row.seq) === offset;

/** Breaks connections between a commit and its answer. */
async function swallowCommits(tree: BuiltTree): Promise<Harm> {
  await using scene = await openScene({ fixture: 'rows' });
  await using proxy = await startProxy(scene.databaseUrl);
  await using _fleet = await Fleet.start(scene, {
    ...{ count: 1, tree, fixture: 'rows', options: { ...OPTIONS, leaseMs: 10_000 }, databaseUrl: proxy.url },
  });
  const jobs = await pushRows(scene, { slices: SLICES, sliceMs: 10, writeMs: 20 });
  for (let swallowed = 1; swallowed <= 8; swallowed++) {
    // With its semicolon: each new connection is set to READ COMMITTED.
    proxy.swallowAnswerTo('COMMIT;');
    await until('an answer to swallow', () => proxy.swallowed === swallowed, 60_000);
  }
  await scene.manager.wait(jobs, { timeout: 300_000 });
  return await harm(scene, jobs);
}

/** What the oracle finds, and how many slices were begun again. */
async function harm({ app, ledger }: Scene, jobs: readonly number[]): Promise<Harm> {
  const found = await faultsOfRows(app, SLICES);
  const again = readLedger(ledger).length - jobs.length * SLICES;
  console.log(`${found.twice.length} rows twice, ${found.stale.length} stale writes, ${again} slices again`);
  return { ...found, again };
}

async function pushRows({ manager }: Scene, data: object): Promise<number[]> {
  const pushed = await Promise.all(Array.from({ length: 8 }, () => manager.push('Rows', 'rows', data)));
  return pushed.map(({ number }) => number);
}

test('pauses past the lease do no harm, and a lot of it without the token', async () => {
  const whole = BuiltTree.ofThisRun();
  const { again, ...found } = await pausePastTheLease(whole, PAUSES.whole, 400);
  expect(found).toEqual(NO_FAULTS);
  expect(again, 'slices that were taken over').toBeGreaterThan(0);

  using tokenless = whole.without([TOKEN]);
  expect((await pausePastTheLease(tokenless, PAUSES.broken, 400)).stale.length).toBeGreaterThan(0);
});

test('without the token and the number of the slice a worker that wakes up writes rows a second time', async () => {
  using defenceless = BuiltTree.ofThisRun().without([TOKEN, SLICE]);
  expect((await pausePastTheLease(defenceless, PAUSES.broken, 2000, 'twice')).twice.length).toBeGreaterThan(0);
});

test('commits whose answers are swallowed count once, and twice where nobody looks and no number guards', async () => {
  const whole = BuiltTree.ofThisRun();
  const { again, ...found } = await swallowCommits(whole);
  expect([found, again]).toEqual([NO_FAULTS, 0]);

  using careless = whole.without([SLICE, ...LOOK]);
  expect((await swallowCommits(careless)).twice.length).toBeGreaterThan(0);
});
