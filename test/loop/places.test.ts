import { expect, test } from 'vitest';
import { Places, type PlacesParts } from '../../core/loop/places.js';
import type { RunningJob } from '../../core/loop/running-job.js';

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
