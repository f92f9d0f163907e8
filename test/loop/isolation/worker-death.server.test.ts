import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../../support/test-database.js';
import { until } from '../../support/until.js';
import { WorkerProcess } from '../../support/worker-process.js';
import { isAlive, openWild, WILD_ROOT } from './open-wild.js';

/** Begins workers in place of those that die, as a supervisor does, until it is let go. */
async function supervise(
  databaseUrl: string,
  filesDir: string,
): Promise<AsyncDisposable & { readonly deaths: number }> {
  let isOver = false;
  let deaths = 0;
  let worker = await WorkerProcess.start(WILD_ROOT, databaseUrl, filesDir);
  const ended = (async () => {
    for (;;) {
      await until('the worker has died', () => isOver || !isAlive(worker.pid), 120_000);
      if (isOver) return;
      deaths++;
      worker = await WorkerProcess.start(WILD_ROOT, databaseUrl, filesDir);
    }
  })();
  return {
    get deaths() {
      return deaths;
    },
    [Symbol.asyncDispose]: async () => {
      isOver = true;
      await ended;
      await worker[Symbol.asyncDispose]();
    },
  };
}

test.each(['exit', 'segfault', 'block'] as const)(
  'a job that takes its worker down (%s) does so once; then it dies alone, and those beside it succeed',
  async (harm) => {
    await using database = await createTestDatabase();
    await using wild = await openWild({ databaseUrl: database.url });
    const poison = await wild.push('wild', { slices: 3, at: 1, harm, sliceMs: 200 });
    const innocents = await Promise.all(
      Array.from({ length: 3 }, () => wild.push('wild', { slices: 30, sliceMs: 30 })),
    );
    await using supervised = await supervise(database.url, wild.folder);
    const job = await wild.ended(poison);
    expect(job).toMatchObject({ status: 'error', offset: 1, error: { code: 'worker_lost' } });
    expect(await wild.row(poison)).toMatchObject({ child_deaths: 3, is_isolated: 1 });
    // Once in the worker, three times in its own child.
    expect((await wild.begun(job.number)).map(({ offset }) => offset)).toEqual([0, 1, 1, 1, 1]);
    for (const id of innocents) expect(await wild.ended(id)).toMatchObject({ status: 'success', offset: 30 });
    expect(supervised.deaths).toBe(1);
  },
);

test.each(['ignore its signal', 'start a child and ignore its signal'] as const)(
  'a child process (%s) does not outlive its worker',
  async (harm) => {
    await using database = await createTestDatabase();
    await using wild = await openWild({ databaseUrl: database.url });
    const id = await wild.push('caged', { slices: 3, at: 0, harm });
    await using worker = await WorkerProcess.start(WILD_ROOT, database.url, wild.folder);
    const { number } = (await wild.manager.get(id)) as { number: number };
    const isBoth = harm === 'ignore its signal';
    await until(
      'it runs',
      async () => (await wild.begun(number)).length > 0 && (isBoth || (await wild.pids()).length > 1),
      15_000,
    );
    const pids = [...(await wild.begun(number)).map(({ pid }) => pid), ...(await wild.pids())];
    expect(pids).not.toContain(worker.pid);
    await worker.kill();
    await until('all of it is gone', () => !pids.some(isAlive), 5000);
  },
);

test('a child process whose event loop is blocked does not outlive its worker either', async () => {
  await using database = await createTestDatabase();
  await using wild = await openWild({ databaseUrl: database.url });
  await wild.push('caged', { slices: 3, at: 0, harm: 'block' });
  await using worker = await WorkerProcess.start(WILD_ROOT, database.url, wild.folder);
  const begun = await until('it runs', async () => (await readFile(wild.ledger, 'utf8')).trim(), 15_000);
  const pid = Number(begun.split(' ').at(-1));
  await worker.kill();
  await until('it is gone', () => !isAlive(pid), 5000);
});
