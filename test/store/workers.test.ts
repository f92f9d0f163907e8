import { afterEach, beforeEach, expect, test } from 'vitest';
import { openScripted, type Scripted } from '../fixtures/scripted/open-scripted.js';

let scripted: Scripted;

beforeEach(async () => {
  scripted = await openScripted();
});
afterEach(() => scripted[Symbol.asyncDispose]());

test('workers that have been silent for more than a day are not listed, whether or not another has begun since', async () => {
  const at = (time: string) => ({ types: '[]', places: 1, started_at: time, seen_at: time });
  const day = (ago: number) => new Date(Date.now() - ago * 25 * 3_600_000).toISOString().slice(0, 23).replace('T', ' ');
  await scripted.knex('progress_worker').insert([
    { id: 'host:1/a', ...at(day(1)) },
    { id: 'host:2/b', ...at(day(0)) },
  ]);
  expect((await scripted.manager.workers()).map(({ worker }) => worker)).toEqual(['host:2']);
});
