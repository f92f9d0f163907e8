import { setTimeout as sleep } from 'node:timers/promises';
import type { PushOptions } from 'progress-manager';
import { expect, test } from 'vitest';
import { bootForTests } from '../support/boot-for-tests.js';
import { deadlocksOn } from './deadlocks.js';
import { readLedger } from './oracle.js';
import { randomOf, seedOfRun } from './random.js';
import { report } from './report.js';
import { openScene, rootOf, type Scene } from './scene.js';
import { faults } from './times.js';

const CLAIMERS = 20;
const OPERATIONS = faults(4000);
/** Those with a limit pass a gate, which is locked beside their jobs. */
const TYPES = ['rows', 'limited_rows'] as const;

type Choose = <T>(list: readonly T[]) => T;

test(`${CLAIMERS} claimers, callers, people and pruning with nobody else there: no deadlock of their own in ${OPERATIONS} operations`, async ({
  skip,
}) => {
  const random = randomOf(seedOfRun('deadlocks'));
  await using scene = await openScene({ fixture: 'rows' });
  const { manager, ledger } = scene;
  process.env.LEDGER = ledger;
  const before = await deadlocksOn(scene.app);
  if (before === undefined) return skip('This server does not count deadlocks.');
  await using _workers = await startWorkers(scene);

  const choose: Choose = (list) => list[Math.floor(random() * list.length)] as (typeof list)[number];
  let calls = 0;
  const over = new AbortController();
  const again = async (work: () => Promise<unknown>, pauseMs: number) => {
    for (; !over.signal.aborted; calls++) {
      if (calls + readLedger(ledger).length >= OPERATIONS) over.abort();
      await work();
      await sleep(random() * pauseMs);
    }
  };
  await Promise.all([
    ...Array.from({ length: 5 }, () => again(() => push(manager, choose), 50)),
    again(() => pushTogether(manager, choose), 200),
    ...(['cancel', 'pause', 'resume'] as const).map((action) => again(() => press(manager, action, choose), 50)),
    again(() => prune(manager, over.signal), 500),
  ]);

  const slices = readLedger(ledger).length;
  const found = Number(await deadlocksOn(scene.app)) - before;
  await report(`${CLAIMERS} claimers with nobody else there`, scene.app, {
    ...{ planned: 0, injected: 0, effective: 0 },
    never: { 'deadlocks of their own': { found, of: calls + slices } },
    also: `${slices} slices, ${calls} calls`,
  });
  expect(found).toBe(0);
});

/** Cores of this process: to the database they are as many as processes would be. */
async function startWorkers({ databaseUrl, folder }: Scene): Promise<AsyncDisposable> {
  const cores = await Promise.all(
    Array.from({ length: CLAIMERS }, () =>
      bootForTests({
        ...{ root: rootOf('rows'), databaseUrl, filesDir: `${folder}/files`, migrate: false },
        ...{ limit: 4, pool: 4, leaseMs: 5000, beatMs: 200, intervalMs: 200 },
      }),
    ),
  );
  for (const { app } of cores) await app.start();
  return {
    [Symbol.asyncDispose]: async () => void (await Promise.all(cores.map((core) => core[Symbol.asyncDispose]()))),
  };
}

type Manager = Scene['manager'];

const dataOf = (choose: Choose) => ({ slices: choose([1, 2, 3, 4]), sliceMs: 0, writeMs: choose([0, 0, 0, 5]) });

/** Some under keys that others push at the same time, some with another behind them. */
function push(manager: Manager, choose: Choose): Promise<unknown> {
  const key: PushOptions = { key: choose(['a', 'b', 'c', 'd']), onKey: 'join' };
  const next: PushOptions = { next: { name: 'Next', type: 'rows', data: dataOf(choose) } };
  const options = choose<PushOptions>([{}, {}, key, next]);
  return manager.push('Rows', choose(TYPES), dataOf(choose), { ...options, userId: choose(['ann', 'bob', 'eve']) });
}

function pushTogether(manager: Manager, choose: Choose): Promise<unknown> {
  return manager.pushMany(
    Array.from({ length: 20 }, () => ({ name: 'Rows', type: choose(TYPES), data: dataOf(choose) })),
  );
}

/** Goes on while jobs end, until it is told that all is over. */
async function prune(manager: Manager, over: AbortSignal): Promise<void> {
  try {
    await manager.prune({ days: 0, signal: over });
  } catch (error) {
    if (!over.aborted) throw error;
  }
}

async function press(manager: Manager, action: 'cancel' | 'pause' | 'resume', choose: Choose): Promise<void> {
  const status = action === 'resume' ? (['paused'] as const) : (['new', 'in_progress'] as const);
  const { list } = await manager.find({ limit: 50, status });
  if (list.length === 0) return;
  // It may have ended meanwhile, and is then not cancelled.
  await manager[action](choose(list).id).catch((error: { readonly status?: number }) => {
    if (error.status !== 404 && error.status !== 409) throw error;
  });
}
