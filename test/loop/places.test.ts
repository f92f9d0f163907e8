import { expect, test } from 'vitest';
import { Places, type PlacesParts } from '../../core/loop/places.js';
import type { RunningJob } from '../../core/loop/running-job.js';
import type { MustLeave } from '../../core/loop/slice-runner.js';

test('the place of a job is taken until its child process has ended', async () => {
  const removed: RunningJob[] = [];
  const child = new AbortController();
  const ended = new Promise((resolve) => child.signal.addEventListener('abort', resolve));
  const parts = {
    slices: { run: async () => 'left', leave: () => ended },
    running: { remove: (job: RunningJob) => removed.push(job) },
  };
  const places = new Places(parts as unknown as PlacesParts);
  const job = { claimed: { job: {} } } as unknown as RunningJob;
  const carried = places.carry(job, { ends: new AbortController().signal, isOneSlice: false, types: [] });
  await new Promise((resolve) => setImmediate(resolve));
  expect([removed, places.areFree]).toEqual([[], false]);
  child.abort();
  await carried;
  expect([removed, places.areFree]).toEqual([[job], true]);
});

test.each([
  ['its place', ['copy'], true],
  ['a person’s press, which waits for nobody', [], false],
])('at the end of its share a job leaves %s while others wait in this worker', async (_, types, leaves) => {
  let hasLeft: unknown;
  const parts = {
    slices: {
      run: async (_job: RunningJob, mustLeave: MustLeave) => {
        hasLeft = await mustLeave();
        return 'left';
      },
      leave: () => undefined,
    },
    running: { remove: () => undefined, someWait: true },
    store: { someDue: async () => false },
    paused: { has: () => false },
    throttles: { holds: () => false },
    sliceMs: 0,
  };
  const places = new Places(parts as unknown as PlacesParts);
  const job = { claimed: { job: { type: 'copy' } }, shareSince: 0 } as unknown as RunningJob;
  await places.carry(job, { ends: new AbortController().signal, isOneSlice: false, types });
  expect(hasLeft).toBe(leaves);
});

test('a job whose process cannot be ended keeps no place, and is no longer waited for', async () => {
  const logged: unknown[] = [];
  const parts = {
    slices: { run: async () => 'left', leave: () => Promise.reject(new Error('on purpose')) },
    running: { remove: () => undefined },
    logger: { error: (fields: object) => logged.push(fields) },
  };
  const places = new Places(parts as unknown as PlacesParts);
  const job = { claimed: { job: {} } } as unknown as RunningJob;
  let hasLeft = false;
  const left = () => {
    hasLeft = true;
  };
  const carried = places.carry(job, { ends: new AbortController().signal, isOneSlice: false, types: [], left });
  await carried;
  await places.settled();
  expect([hasLeft, places.areFree]).toEqual([true, true]);
  expect(logged).toEqual([expect.objectContaining({ error: 'on purpose' })]);
});
