import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startProxy } from '../support/proxy.js';
import { createTestDatabase } from '../support/test-database.js';
import { until as untilWithin } from '../support/until.js';
import { Place } from './place.js';

/** For a busy machine. */
const until: typeof untilWithin = (what, condition) => untilWithin(what, condition, 15_000);

const NIGHTLY = { nightly: { cron: '0 3 * * *', type: 'prepared' } };

/** Where the transaction of a run may be cut: its statement has been carried out, and nobody hears of it. */
test.each([
  ['UPDATE progress_schedule SET decided_until'],
  ['INSERT INTO progress_schedule_tick'],
  ['INSERT INTO progress_manager'],
  ['UPDATE progress_upload'],
  ['COMMIT'],
])('a connection that breaks after %s loses and doubles no run', async (statement) => {
  await using database = await createTestDatabase();
  await using proxy = await startProxy(database.url);
  await using place = await Place.open(database.url);
  const worker = await place.worker(NIGHTLY, { url: proxy.url });
  const other = await place.worker(NIGHTLY);
  await worker.look();
  place.at('2026-01-02T03:00Z');
  proxy.swallowAnswerTo(statement);
  worker.scheduler.start();
  await until('the cut', () => proxy.swallowed === 1);
  await until('a job', async () => (await place.jobs()).length > 0);
  await other.look();
  await until('its own next look', () => worker.logged.some(({ message }) => message.includes('tried again')));
  await sleep(1500);
  await worker.scheduler.stop();
  expect((await other.view('nightly')).error).toBeUndefined();
  expect(await place.pushed('nightly')).toEqual(['2026-01-02T03:00']);
  expect(await place.jobs()).toHaveLength(1);
  expect(await place.knex('progress_upload')).toMatchObject([{ job_id: expect.any(String) }]);
});
