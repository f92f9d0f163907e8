import { afterAll, beforeAll, expect, test } from 'vitest';
import { childrenOf } from '../../../test/support/children-of.js';
import { until } from '../../../test/support/until.js';
import { json, TIF, taskLine } from './command-line.js';
import { type Entry, ledgerOf, lives, mostAtOnce } from './ledger.js';
import { manager, statusesOf } from './managers.js';
import { taskRoot } from './task-root.js';

/** A process that begins takes seconds where others work too. */
const PATIENCE_MS = 90_000;
const PATIENT = { timeout: 4 * PATIENCE_MS };
const TEN = Array.from({ length: 10 }, (_, index) => index + 1);

let root: Awaited<ReturnType<typeof taskRoot>>;
beforeAll(async () => {
  root = await taskRoot();
});
afterAll(() => root[Symbol.asyncDispose]());

const begun = (entries: readonly Entry[]) => entries.filter(({ word }) => word === 'begin');
const ended = (entries: readonly Entry[]) => entries.filter(({ word }) => word === 'end');
const byId = (one: Entry, other: Entry) => one.id - other.id;

test('of ten tasks five at most have a process, each one of its own, and they begin in order', PATIENT, async () => {
  await using line = await taskLine(root.path);
  const ledger = line.path('ledger');
  for (const _ of TEN) await line.add(`${TIF}:lasts`, '--param', `ledger=${ledger}`, '--param', 'ms=3000');
  await using managing = manager(line);
  let most = 0;
  const areEnded = async () => {
    const entries = await ledgerOf(ledger);
    // Those that stand by for a task are processes too.
    most = Math.max(most, (await childrenOf(managing.pid)).length);
    return ended(entries).length === 10;
  };
  await until('all to end', areEnded, PATIENCE_MS);
  managing.signal('SIGTERM');
  expect(await managing.ended).toEqual({ code: 0, signal: null });
  const entries = await ledgerOf(ledger);
  expect([most > 1, most <= 5, mostAtOnce(entries) <= 5]).toEqual([true, true, true]);
  const tasks = await Promise.all(TEN.map((id) => line.show(id)));
  expect(tasks.map(({ status }) => status)).toEqual(TEN.map(() => 'COMPLETED'));
  const pids = begun(entries)
    .sort(byId)
    .map(({ pid }) => pid);
  expect(tasks.map(({ pid }) => pid)).toEqual(pids);
  expect(new Set(pids).size).toBe(10);
  // Several are claimed at once, and each begins when its process has: the order is that of the claims.
  const shown = await Promise.all(TEN.map((id) => line.pm('show', String(id), '--json')));
  const claimed = shown.map((said) => json(said).startedAt);
  expect(claimed).toEqual([...claimed].sort());
});

test('a task whose process is killed is interrupted within a round, and the next one runs', PATIENT, async () => {
  await using line = await taskLine(root.path);
  const ledger = line.path('ledger');
  const id = await line.add(`${TIF}:hangs`, '--param', `ledger=${ledger}`);
  await using managing = manager(line);
  const { pid } = await until('its process', async () => (await ledgerOf(ledger))[0], PATIENCE_MS);
  await until('its pid to be told', async () => (await line.show(id)).pid === pid, PATIENCE_MS);
  expect(await line.show(id)).toMatchObject({ status: 'RUNNING' });
  process.kill(pid, 'SIGKILL');
  // A round has six seconds.
  await until('it to be interrupted', async () => (await line.show(id)).status === 'INTERRUPTED', 6000);
  const next = await line.add(`${TIF}:says`);
  await until('the next', async () => (await line.show(next)).status === 'COMPLETED', PATIENCE_MS);
  expect((await line.show(id)).logs.error[0]?.[0]).toContain('The child process of the job died');
  managing.signal('SIGTERM');
  expect(await managing.ended).toEqual({ code: 0, signal: null });
});

test('a manager that is told to end lets its tasks end, and leaves the others to the next', PATIENT, async () => {
  await using line = await taskLine(root.path, { PM_GRACE_MS: '100', PM_LIMIT: '2' });
  const ledger = line.path('ledger');
  for (const _ of [1, 2, 3]) await line.add(`${TIF}:lasts`, '--param', `ledger=${ledger}`, '--param', 'ms=5000');
  await using managing = manager(line);
  await until('two to begin', async () => begun(await ledgerOf(ledger)).length === 2, PATIENCE_MS);
  managing.signal('SIGTERM');
  expect(await managing.ended).toEqual({ code: 0, signal: null });
  expect(ended(await ledgerOf(ledger)).sort(byId)).toMatchObject([{ id: 1 }, { id: 2 }]);
  expect(await statusesOf(line)).toEqual(['success', 'success', 'new']);
  expect(await line.pm('tachesManager:start', '--loop', '1', '--sleep', '3')).toMatchObject({ exitCode: 0 });
  expect(await statusesOf(line)).toEqual(['success', 'success', 'success']);
});

test(
  'a manager that is killed takes its processes along; the next tells so of their tasks, and goes on',
  PATIENT,
  async () => {
    await using line = await taskLine(root.path);
    const ledger = line.path('ledger');
    const id = await line.add(`${TIF}:hangs`, '--param', `ledger=${ledger}`);
    await using killed = manager(line);
    const { pid } = await until('its process', async () => (await ledgerOf(ledger))[0], PATIENCE_MS);
    killed.signal('SIGKILL');
    await killed.ended;
    await until('its process to end', () => !lives(pid), PATIENCE_MS);
    const next = await line.add(`${TIF}:says`);
    await using managing = manager(line);
    await until('the next', async () => (await line.show(next)).status === 'COMPLETED', PATIENCE_MS);
    await until('it to be interrupted', async () => (await line.show(id)).status === 'INTERRUPTED', 6000);
    managing.signal('SIGTERM');
    expect(await managing.ended).toEqual({ code: 0, signal: null });
  },
);

test('stop ends the process of a task with what that has started, and of no other task', PATIENT, async () => {
  await using line = await taskLine(root.path, { PM_GRACE_MS: '300' });
  const ledger = line.path('ledger');
  for (let id = 1; id <= 12; id++) await line.add(`${TIF}:hangs`, '--param', `ledger=${ledger}`);
  for (let id = 2; id <= 11; id++) await line.pm('cancel', String(id));
  await using managing = manager(line);
  await until('both to have all their processes', async () => (await ledgerOf(ledger)).length === 4, PATIENCE_MS);
  const entries = await ledgerOf(ledger);
  const of = (task: number) => entries.filter(({ id }) => id === task).map(({ pid }) => pid);
  expect([...of(1), ...of(12)].every(lives)).toBe(true);
  expect(await line.pm('task:stop', '1')).toEqual({ exitCode: 0, stdout: '{"result":"ok"}\n', stderr: '' });
  await until('its processes to end', () => !of(1).some(lives), PATIENCE_MS);
  expect((await line.show(1)).status).toBe('INTERRUPTED');
  expect((await line.show(2)).status).toBe('CANCELLED');
  const again = await line.pm('task:stop', '1');
  expect(again.exitCode).toBe(1);
  expect(json(again)).toEqual({ error: "La tâche n'est pas en état [RUNNING], mais [INTERRUPTED]" });
  expect(of(12).every(lives)).toBe(true);
  expect((await line.show(12)).status).toBe('RUNNING');
  expect(await line.pm('task:stop', '12')).toMatchObject({ exitCode: 0 });
  await until('the other processes to end', () => !of(12).some(lives), PATIENCE_MS);
  managing.signal('SIGTERM');
  expect(await managing.ended).toEqual({ code: 0, signal: null });
  expect(await statusesOf(line)).toEqual(Array(12).fill('cancelled'));
});
