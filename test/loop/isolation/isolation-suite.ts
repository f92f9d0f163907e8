import { readFile } from 'node:fs/promises';
import type { BootOptions } from 'progress-manager';
import { describe, expect, test } from 'vitest';
import { bootForTests } from '../../support/boot-for-tests.js';
import { until } from '../../support/until.js';
import { isAlive, openWild, WILD_ROOT } from './open-wild.js';

/** Jobs in child processes of their own. */
export function isolationSuite(database: () => Partial<BootOptions>): void {
  /** A process is started first, on a busy machine, ms. */
  const START_MS = 15_000;
  const open = (options: Partial<BootOptions> = {}) => openWild({ ...database(), ...options });

  describe('a job in a child process', () => {
    test('runs all its slices in one process that is not ours, and says how far it is', async () => {
      await using wild = await open();
      await wild.app.start();
      const id = await wild.push('caged', { slices: 5 });
      const job = await wild.ended(id);
      expect(job).toMatchObject({ status: 'success', offset: 5, progress: 100, attempt: 1 });
      const begun = await wild.begun(job.number);
      expect(begun.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4]);
      expect(new Set(begun.map(({ pid }) => pid)).size).toBe(1);
      expect(begun[0]?.pid).not.toBe(process.pid);
      expect(job.message).toBe(`slice 4 in ${begun[0]?.pid}`);
    });

    test('writes rows with its slices, each once', async () => {
      await using wild = await open();
      await wild.knex.schema.createTable('wild_row', (table) => {
        table.integer('job');
        table.integer('seq');
        table.integer('pid');
      });
      await wild.app.start();
      const job = await wild.ended(await wild.push('caged', { slices: 6, rows: true, at: 3, harm: 'exit' }));
      expect(job.status).toBe('error');
      const rows = await wild.knex('wild_row').orderBy('seq').pluck('seq');
      expect(rows.map(Number)).toEqual([0, 1, 2]);
    });

    test('shows its bar while a slice runs', async () => {
      await using wild = await open();
      await wild.app.start();
      const id = await wild.push('caged', { slices: 2, at: 0, harm: 'wait for its signal' });
      await until('the bar moves', async () => (await wild.manager.get(id))?.progress === 25, START_MS);
      expect((await wild.manager.get(id))?.message).toMatch(/^slice 0 in /);
      await wild.manager.cancel(id);
    });

    test('shows its phase and when it will have ended, from one phase to the next', async () => {
      await using wild = await open();
      await wild.app.start();
      const id = await wild.push('phased', { slices: 2, sliceMs: 700 });
      const seen = await until(
        'an estimate in the second phase',
        async () => {
          const job = await wild.manager.get(id);
          return job?.phase?.name === 'Write' && job.eta ? job : undefined;
        },
        START_MS,
      );
      expect(seen).toMatchObject({ status: 'in_progress', phase: { index: 2, of: 2 } });
      expect(seen.progress).toBeGreaterThanOrEqual(50);
      expect(await wild.ended(id)).toMatchObject({
        status: 'success',
        progress: 100,
        phase: undefined,
        eta: undefined,
      });
    });

    test('of the short form gives its result', async () => {
      await using wild = await open();
      await wild.app.start();
      const { id } = await wild.manager.push('A job', 'wild-run', { asked: 1 });
      const { status, result } = await wild.ended(id);
      expect({ status, result }).toEqual({
        status: 'success',
        result: { pid: expect.any(Number), data: { asked: 1 } },
      });
      expect((result as { pid: number }).pid).not.toBe(process.pid);
    });

    test('is found by nobody in the arguments of its process, where secrets would be read', async () => {
      await using wild = await open();
      await wild.app.start();
      const id = await wild.push('caged', { slices: 2, at: 0, harm: 'wait for its signal' });
      const { number } = (await wild.manager.get(id)) as { number: number };
      await until('the slice runs', async () => (await wild.begun(number)).length > 0, START_MS);
      const [{ pid } = { pid: 0 }] = await wild.begun(number);
      const line = await readFile(`/proc/${pid}/cmdline`, 'utf8');
      expect(line).not.toContain(wild.databaseUrl);
      expect(line).not.toMatch(/mysql|sqlite:/);
    });
  });

  describe('what a job says in a child process', () => {
    const said = async (wild: Awaited<ReturnType<typeof open>>, id: string) =>
      (await wild.manager.log(id)).list.map(({ message }) => message);

    test('is all there when it has ended: lines, messages, items; debug is heard here', async () => {
      const heard: string[] = [];
      // No beat comes to help.
      await using wild = await open({ beatMs: 3000, debugSink: ({ message }) => void heard.push(message) });
      await wild.app.start();
      const id = await wild.push('caged', { slices: 4, talks: true });
      expect((await wild.ended(id)).status).toBe('success');
      const { list } = await wild.manager.log(id);
      expect(list.map(({ message, slice }) => [message, slice])).toEqual([0, 1, 2, 3].map((n) => [`slice ${n}`, n]));
      expect(list[0]?.details).not.toEqual({ pid: process.pid });
      const messages = (await wild.manager.messages(id)).map(({ text }) => text);
      expect(messages).toEqual([0, 1, 2, 3].map((n) => `told in slice ${n}`));
      expect((await wild.manager.items(id)).list.map(({ key }) => key)).toEqual(['0', '1', '2', '3']);
      expect(heard).toEqual([0, 1, 2, 3].map((n) => `debugging slice ${n}`));
    });

    test('can be read while a slice runs', async () => {
      await using wild = await open();
      await wild.app.start();
      const id = await wild.push('caged', { slices: 2, at: 0, harm: 'wait for its signal', talks: true });
      await until('the line is there', async () => (await said(wild, id)).includes('slice 0'), START_MS);
      expect((await wild.manager.get(id))?.status).toBe('in_progress');
      await wild.manager.cancel(id);
    });

    test.each(['kill', 'block'] as const)('does not die with it: %s', { timeout: 60_000 }, async (harm) => {
      await using wild = await open({ leaseMs: harm === 'block' ? 2000 : 10_000 });
      await wild.app.start();
      const job = await wild.ended(await wild.push('caged', { slices: 3, at: 1, harm, talks: true }));
      expect(job).toMatchObject({ status: 'error', error: { code: 'worker_lost' } });
      const all = await said(wild, job.id);
      // Each of three times: what it said right before, and how it died.
      expect(all.filter((message) => message === 'slice 1')).toHaveLength(3);
      expect(all.filter((message) => message.startsWith('The child process of the job died'))).toHaveLength(3);
      expect(all.indexOf('slice 1')).toBeLessThan(all.findIndex((message) => message.startsWith('The child process')));
      expect((await wild.manager.items(job.id)).list.map(({ key }) => key)).toEqual(['0']);
    });
  });

  describe('a child process that does not heed its signal', () => {
    test.each(['block', 'start a child and ignore its signal'] as const)(
      '%s: is gone within grace + 2 s of a cancel, with what it started',
      async (harm) => {
        await using wild = await open({ graceMs: 500, leaseMs: 30_000 });
        await wild.app.start();
        const id = await wild.push('caged', { slices: 3, at: 0, harm });
        const { number } = (await wild.manager.get(id)) as { number: number };
        await until(
          'the slice runs',
          async () => (await wild.begun(number)).length > 0 && (harm === 'block' || (await wild.pids()).length > 1),
          START_MS,
        );
        const pids = [...(await wild.begun(number)).map(({ pid }) => pid), ...(await wild.pids())];
        expect(pids.every(isAlive)).toBe(true);
        const at = performance.now();
        await wild.manager.cancel(id);
        await until('the processes are gone', () => !pids.some(isAlive));
        expect(performance.now() - at).toBeLessThan(500 + 2000);
        expect(await wild.row(id)).toMatchObject({ status: 'cancelled', child_deaths: 0 });
      },
    );

    test('is told of a cancel from another process, and gone within grace + 2 s', async () => {
      await using wild = await open({ graceMs: 500, beatMs: 1000, leaseMs: 30_000 });
      await using other = await bootForTests({ root: WILD_ROOT, databaseUrl: wild.databaseUrl });
      await wild.app.start();
      const id = await wild.push('caged', { slices: 3, at: 0, harm: 'ignore its signal' });
      const { number } = (await wild.manager.get(id)) as { number: number };
      await until(
        'the slice runs',
        async () => (await readFile(wild.ledger, 'utf8')).includes(` ${number} `),
        START_MS,
      );
      const [{ pid } = { pid: 0 }] = await wild.begun(number);
      const at = performance.now();
      await other.app.container.get('progressManager').cancel(id);
      await until('the processes are gone', () => !isAlive(pid));
      expect(performance.now() - at).toBeLessThan(500 + 2000);
    });

    test('is gone when the application has stopped, and its job is given back uncounted', async () => {
      await using wild = await open({ graceMs: 200 });
      await wild.app.start();
      const id = await wild.push('caged', { slices: 3, at: 1, harm: 'start a child and ignore its signal' });
      await until('the slice runs', async () => (await wild.pids()).length > 1, START_MS);
      const pids = await wild.pids();
      expect(await wild.app.stop()).toBe(false);
      await until('the processes are gone', () => !pids.some(isAlive));
      expect(await wild.row(id)).toMatchObject({
        ...{ status: 'in_progress', lease_owner: null, child_deaths: 0, crash_count: 0, attempt: 1 },
      });
    });
  });
}
