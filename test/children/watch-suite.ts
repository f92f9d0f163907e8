import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { BootOptions } from 'progress-manager';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { bootForTests } from '../support/boot-for-tests.js';
import type { MakeDatabase } from '../support/shared-database.js';
import type { TestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';
import { addsParts, MODULES, script } from './modules.js';

const PARENTS = 8;
const PARTS = 12;
/** A look comes once a second; the rest is for a busy machine. */
const LOOK_MS = 3000;

/** Families on workers that run. */
export function familyWatchSuite(makeDatabase: MakeDatabase): void {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await makeDatabase();
  });
  afterEach(() => database[Symbol.asyncDispose]());

  const open = async (options: Partial<BootOptions> = {}) => {
    const root = fileURLToPath(new URL('.', import.meta.url));
    const { app, ...disposable } = await bootForTests({
      root,
      databaseUrl: database.url,
      modules: MODULES,
      ...options,
    });
    const { container } = app;
    return { app, manager: container.get('progressManager'), knex: container.get('knex'), ...disposable };
  };
  const parts = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`Part ${index}`, 1]));

  test('several workers carry several families: every child once, every parent once, with one notification', async () => {
    await using one = await open();
    await using two = await open();
    addsParts(parts(PARTS));
    const entries = Array.from({ length: PARENTS }, () => ({
      name: 'Parent',
      type: 'parent',
      options: { userId: 'ann' },
    }));
    const pushed = await one.manager.pushMany(entries);
    await Promise.all([one.app.start(), two.app.start()]);
    const jobs = await one.manager.wait(
      pushed.map(({ id }) => id),
      { timeout: 20_000 },
    );
    expect(jobs.map(({ status, attempt, children }) => ({ status, attempt, children }))).toEqual(
      pushed.map(() => ({
        status: 'success',
        attempt: 1,
        children: { total: PARTS, ended: PARTS, failed: 0, cancelled: 0 },
      })),
    );
    const children = await one.knex('progress_manager').where({ type: 'part' });
    expect(children).toHaveLength(PARENTS * PARTS);
    expect(new Set(children.map(({ status, attempt, slice_seq }) => `${status} ${attempt} ${slice_seq}`))).toEqual(
      new Set(['success 1 2']),
    );
    const user = { id: 'ann', isAdmin: false };
    expect((await one.manager.notifications({ user })).list).toHaveLength(PARENTS);
  });

  test('a parent is looked at however often children end', async () => {
    await using worker = await open();
    addsParts(parts(2));
    await worker.manager.pauseType('part');
    await worker.app.start();
    const { id } = await worker.manager.push('Parent', 'parent');
    await until('the parent rests', async () => (await worker.manager.get(id))?.children);
    await worker.knex('progress_manager').where({ type: 'part' }).update({ progress: 50 });
    const events = worker.app.container.get('jobEvents');
    const ending = setInterval(() => events.emit('ended', '', true, 1_000_000), 20);
    try {
      const moved = async () => (await worker.manager.get(id))?.progress === 50;
      await until('its bar moves', moved, LOOK_MS);
    } finally {
      clearInterval(ending);
    }
  });

  test('children that end elsewhere are noticed within a look', async () => {
    await using worker = await open();
    addsParts(parts(2));
    // Nobody carries the parts: their type is paused.
    await worker.manager.pauseType('part');
    await worker.app.start();
    const { id } = await worker.manager.push('Parent', 'parent');
    await until('the parent rests', async () => (await worker.manager.get(id))?.children);
    await worker.knex('progress_manager').where({ type: 'part' }).update({ status: 'success', due_at: null });
    const since = performance.now();
    await worker.manager.wait(id, { timeout: 10_000 });
    expect(performance.now() - since).toBeLessThan(LOOK_MS);
  });

  test('a cancel of the parent reaches a child in the middle of its slice', async () => {
    await using worker = await open({ beatMs: 200 });
    let told = Number.POSITIVE_INFINITY;
    let isRunning = false;
    script.parent = async (_service, { name }, { addChild, signal }) => {
      if (name === 'Parent') {
        await addChild('Child', 'parent', {});
        return true;
      }
      isRunning = true;
      signal.addEventListener('abort', () => {
        told = performance.now();
      });
      await sleep(10_000, undefined, { signal }).catch(() => undefined);
      return true;
    };
    await worker.app.start();
    const { id } = await worker.manager.push('Parent', 'parent');
    await until('the child runs', () => isRunning);
    const since = performance.now();
    await worker.manager.cancel(id);
    await until('it is told', () => told < Number.POSITIVE_INFINITY);
    expect(told - since).toBeLessThan(2000);
    const [child] = await worker.knex('progress_manager').where({ name: 'Child' });
    expect(child.status).toBe('cancelled');
  });

  test('a look that fails is told, and is made again', async () => {
    const warn = vi.fn();
    const logger = { debug: vi.fn(), info: vi.fn(), warn, error: vi.fn() };
    await using worker = await open({ logger });
    addsParts(parts(1));
    await worker.manager.pauseType('part');
    await worker.app.start();
    const { id } = await worker.manager.push('Parent', 'parent');
    await until('the parent rests', async () => (await worker.manager.get(id))?.children);
    await worker.knex.schema.renameTable('progress_family', 'away');
    await until('it is told', () =>
      warn.mock.calls.some(([, message]) => String(message).includes('waits for others')),
    );
    await worker.knex.schema.renameTable('away', 'progress_family');
    await worker.manager.resumeType('part');
    expect((await worker.manager.wait(id, { timeout: 10_000 })).status).toBe('success');
  });
}
