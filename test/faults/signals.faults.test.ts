import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { CommandProcess } from '../support/command-process.js';
import { until } from '../support/until.js';
import { BuiltTree } from './built-tree.js';
import { Feeding } from './feeding.js';
import { readLedger } from './oracle.js';
import { randomOf, seedOfRun } from './random.js';
import { report } from './report.js';
import { openScene, type Scene } from './scene.js';
import { faults } from './times.js';

const SIGNALS = faults(40);
/** Every other signal comes up to so long after the worker has begun to work, ms; the others while it starts. */
const AT_WORK_MS = 500;

/** The command line, with a module of ours beside the bundled ones. */
function treeWithRows(): BuiltTree {
  const tree = BuiltTree.ofThisRun().without([]);
  cpSync(join(tree.root('rows'), 'modules/rows'), join(tree.root(), 'modules/rows'), { recursive: true });
  return tree;
}

function startWork(tree: BuiltTree, { databaseUrl, folder, ledger }: Scene): CommandProcess {
  return new CommandProcess(tree.commandLine, ['work'], {
    ...{ DATABASE_URL: databaseUrl, PM_FILES_DIR: join(folder, 'files'), LEDGER: ledger },
    ...{ PM_INTERVAL_MS: '50', PM_LOG_LEVEL: 'warn' },
  });
}

async function heldRows({ app }: Scene): Promise<object[]> {
  return app.container
    .get('knex')('progress_manager')
    .whereNotNull('lease_owner')
    .orWhere('crash_count', '>', 0)
    .orWhere('attempt', '>', 1)
    .select('number', 'status', 'lease_owner', 'crash_count', 'attempt');
}

const pushRows = ({ manager }: Scene, random: () => number) =>
  manager.push('Rows', 'rows', { slices: 30, sliceMs: 10 + Math.floor(random() * 100) });

test(`${SIGNALS} SIGTERMs at random moments, one to five at once: exit code 0, no lease left, nothing counted as a crash`, async () => {
  const random = randomOf(seedOfRun('signals'));
  using tree = treeWithRows();
  await using scene = await openScene({ fixture: 'rows' });
  const feeding = new Feeding(scene.manager, 8, () => pushRows(scene, random));
  const ends = { working: 0, starting: 0, beforeAnyCode: 0 };
  const wrong: object[] = [];
  let startTookMs = 0;
  for (let signal = 0; signal < SIGNALS; signal++) {
    await using worker = startWork(tree, scene);
    const startedAt = performance.now();
    if (signal % 2 === 0) {
      await until('the worker to work', () => worker.said.includes('Working'), 60_000);
      startTookMs = performance.now() - startedAt;
      await sleep(random() * AT_WORK_MS);
    } else await sleep(random() * startTookMs);
    const afterMs = performance.now() - startedAt;
    // Five at once are one: as when npm passes on what the terminal has sent already.
    for (let times = random() < 0.25 ? 5 : 1; times > 0; times--) worker.signal('SIGTERM');
    const { code, signal: by } = await worker.ended;
    const isWorking = worker.said.includes('Working');
    if (isWorking) ends.working++;
    else if (code === 0) ends.starting++;
    else ends.beforeAnyCode++;
    // While node itself still loads, nobody can answer, and nothing was begun.
    const isSound = code === 0 || (by === 'SIGTERM' && !isWorking);
    const held = await heldRows(scene);
    if (!isSound || held.length > 0) wrong.push({ afterMs, code, by, held, said: worker.said });
  }
  await report('SIGTERM of a worker', scene.app, {
    ...{ planned: SIGNALS, injected: SIGNALS, effective: ends.working + ends.starting },
    never: { 'bad ends': { found: wrong.length, of: SIGNALS } },
    also: JSON.stringify(ends),
  });
  expect(wrong).toEqual([]);
  expect(ends.working).toBeGreaterThanOrEqual(SIGNALS / 2);
  expect(ends.starting).toBeGreaterThan(0);
  await using _last = startWork(tree, scene);
  await feeding.finish(300_000);
});

test('a second signal ends a worker at once, with exit code 1', async () => {
  using tree = treeWithRows();
  await using scene = await openScene({ fixture: 'rows' });
  await scene.manager.push('Rows', 'rows', { slices: 1, sliceMs: 60_000 });
  await using worker = startWork(tree, scene);
  await until('the slice', () => readLedger(scene.ledger).length > 0, 60_000);
  worker.signal('SIGTERM');
  await until('the first to be heard', () => worker.said.includes('Stopping'));
  await sleep(150);
  const before = performance.now();
  worker.signal('SIGTERM');
  expect(await worker.ended).toEqual({ code: 1, signal: null });
  expect(performance.now() - before).toBeLessThan(1000);
});
