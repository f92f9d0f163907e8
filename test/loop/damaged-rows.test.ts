import { describe, expect, test } from 'vitest';
import { script } from '../fixtures/scripted/open-scripted.js';
import { shareScripted } from '../fixtures/scripted/share-scripted.js';

/** SQLite lets anything stand in a column; a server checks types, and what it takes is in the tables too. */
const BLOB = Buffer.from([0, 255]);
const TEXTS = ['', 'x', '[]', '[{"name":5}]', '\0'];
const NO_COUNTS = [...TEXTS, BLOB, -5, 9.5, Number.POSITIVE_INFINITY];
const TIMES = ['run_at', 'eta_at', 'created_at', 'modified_at', 'started_at', 'finished_at'];
const NUMBERS = ['processed', 'total', 'failed', 'skipped', 'refusals', 'idle_slices', 'tries_used', 'crash_count'];
const OTHERS = ['child_deaths', 'attempt', 'priority', 'revision', 'waits_for', 'parent', 'lease_version', 'pace'];

const open = shareScripted(() => ({}));

/** One tick for a job whose row is damaged, beside one that is sound; gives what became of both. */
async function carried(column: string, value: unknown, type = 'scripted') {
  await using scripted = await open();
  const { manager, loop } = scripted;
  const damaged = await scripted.push(type, { name: 'Damaged' });
  const sound = await scripted.push('scripted', { name: 'Sound' });
  const begun: string[] = [];
  script.slice = (service, job) => {
    begun.push(job.name);
    service.setStatus('success');
    return true;
  };
  await scripted.change(damaged, { [column]: value });
  const before = await manager.find({});
  await loop.tick();
  const { list } = await manager.find({});
  expect([before.list.length, list.length]).toEqual([2, 2]);
  await manager.explain(damaged);
  expect(await scripted.job(sound)).toMatchObject({ status: 'success' });
  const times = begun.filter((name) => name === 'Damaged').length;
  return { job: await scripted.job(damaged), slices: times };
}

const named = (columns: readonly string[], values: readonly unknown[]): [string, unknown][] =>
  columns.flatMap((column) => values.map((value): [string, unknown] => [column, value]));

describe('a job whose row is damaged in what it goes on from', () => {
  const nextJobs = ['', 'x', '{}', '5', '["1"]', '[{"name":5}]', '[1.5]', '[-1]', 'null', BLOB];
  test.each([
    ...named(['slice_seq', 'progress_offset'], NO_COUNTS),
    ...named(['next_jobs'], nextJobs),
    ['progress_offset', 2n ** 53n + 1n],
  ])('ends as corrupt_row before its slice, beside one that succeeds: %s = %s', async (column, value) => {
    const { job, slices } = await carried(column, value);
    expect({ slices, status: job.status, code: job.error?.code }).toEqual({
      ...{ slices: 0, status: 'error', code: 'corrupt_row' },
    });
    expect(job.error?.message).toContain(`damaged in ${column}.`);
  });
});

test('a slice_seq that the driver cannot give is not to be written to, and its job has no slice', async () => {
  const { job, slices } = await carried('slice_seq', 2n ** 53n + 1n);
  expect({ slices, status: job.status }).toEqual({ slices: 0, status: 'in_progress' });
});

describe('a job whose row is damaged in what it can do without', () => {
  test.each([...named(TIMES, [...TEXTS, BLOB]), ...named([...NUMBERS, ...OTHERS], [...TEXTS, BLOB, -5, 9.5])])(
    'goes on, beside one that succeeds: %s = %s',
    async (column, value) => {
      const { job, slices } = await carried(column, value);
      expect({ slices, status: job.status, error: job.error }).toEqual({ slices: 1, status: 'success' });
    },
  );

  test.each(['', '{"index":"a"}', '{"index":-1}', '5', 'null', BLOB])('phase = %s is none', async (phase) => {
    const { job } = await carried('phase', phase, 'phased');
    expect(job).toMatchObject({ status: 'success', error: undefined });
  });

  test('a time for which it is never due keeps only itself back', async () => {
    const { job, slices } = await carried('due_at', BLOB);
    expect({ slices, status: job.status, dueAt: job.dueAt }).toEqual({ slices: 0, status: 'new', dueAt: undefined });
  });
});

describe('what is read from a damaged row', () => {
  const times = [BLOB, 5, '', 'x', '[]', '0000-00-00 00:00:00.000'];
  test.each(times)('a time %s is not there, or the epoch where every job has one', async (value) => {
    await using scripted = await open();
    const number = await scripted.push();
    await scripted.change(number, { created_at: value, modified_at: value, run_at: value, finished_at: value });
    const epoch = '1970-01-01T00:00:00.000Z';
    const { createdAt, modifiedAt, runAt, finishedAt } = await scripted.job(number);
    expect({ createdAt, modifiedAt, runAt, finishedAt }).toEqual({ createdAt: epoch, modifiedAt: epoch });
  });

  test.each(['x', BLOB, '[]'])('a number %s is 0, or unknown where it may be', async (value) => {
    await using scripted = await open();
    const number = await scripted.push();
    await scripted.change(number, { processed: value, total: value, failed: value, progress_offset: value });
    const { counts, offset } = await scripted.job(number);
    expect({ ...counts, offset }).toEqual({ processed: 0, total: undefined, failed: 0, skipped: 0, offset: 0 });
  });

  test('lists of files that are none are empty', async () => {
    await using scripted = await open();
    const number = await scripted.push();
    await scripted.change(number, { inputs: '5', outputs: '{}' });
    expect(await scripted.job(number)).toMatchObject({ inputs: [], outputs: [] });
  });
});
