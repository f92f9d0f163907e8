import { setMaxListeners } from 'node:events';
import type { Status } from 'progress-manager';
import { expect, test, vi } from 'vitest';
import { JobEvents } from '../../core/contracts/job-events.js';
import type { JobStore } from '../../core/contracts/job-store.js';
import { JobWaits } from '../../core/waiting/job-waits.js';
import { until } from '../support/until.js';

/** Waits over a table that is a map. */
function open(rows: Record<string, Status>) {
  const statuses = vi.fn(
    async (ids: readonly string[]) => new Map(ids.flatMap((id) => (rows[id] ? [[id, rows[id]] as const] : []))),
  );
  const events = new JobEvents();
  const waits = new JobWaits({ statuses } as Partial<JobStore> as JobStore, events);
  const forever = new AbortController().signal;
  setMaxListeners(0, forever);
  return { waits, events, statuses, forever };
}

test('an end in this process is told at once, to all who wait for it', async () => {
  const { waits, events, statuses, forever } = open({ a: 'in_progress' });
  const both = Promise.all([waits.ended('a', forever), waits.ended('a', forever)]);
  await until('the first look', () => statuses.mock.settledResults[0]);
  const toldAt = performance.now();
  events.emit('ended', 'a');
  await both;
  expect(performance.now() - toldAt).toBeLessThan(100);
});

test('all waits share one look at a time, in portions, and looking ends with the last wait', async () => {
  const rows: Record<string, Status> = Object.fromEntries(
    Array.from({ length: 1200 }, (_, index) => [`job ${index}`, 'new']),
  );
  const { waits, statuses, forever } = open(rows);
  const all = Promise.all(Object.keys(rows).map((id) => waits.ended(id, forever)));
  await until('a full look', () => statuses.mock.calls.length >= 4);
  for (const id of Object.keys(rows)) rows[id] = 'success';
  await all;
  expect(Math.max(...statuses.mock.calls.map(([ids]) => ids.length))).toBe(500);
  const looks = statuses.mock.calls.length;
  await waits.close();
  expect(statuses.mock.calls.length).toBe(looks);
});

test('a row that is gone ends the wait', async () => {
  const { waits, forever } = open({});
  await waits.ended('a', forever);
});

test('a table that does not answer is asked again', async () => {
  const { waits, statuses, forever } = open({ a: 'success' });
  statuses.mockRejectedValueOnce(new Error('gone away'));
  await waits.ended('a', forever);
  expect(statuses).toHaveBeenCalledTimes(2);
});

test('who gives up is told the reason, and the others go on waiting', async () => {
  const { waits, events, forever } = open({ a: 'new' });
  const controller = new AbortController();
  const [impatient, patient] = [waits.ended('a', controller.signal), waits.ended('a', forever)];
  controller.abort('enough');
  await expect(impatient).rejects.toBe('enough');
  events.emit('ended', 'a');
  await patient;
});

test('when it is closed every wait ends with an error, those that come later too', async () => {
  const { waits, forever } = open({ a: 'new' });
  const refused = expect(waits.ended('a', forever)).rejects.toThrow(/application was stopped/);
  await waits.close();
  await refused;
  await expect(waits.ended('a', forever)).rejects.toThrow(/application was stopped/);
});
