import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import type { TestApplication, Who } from '../../../test/http/application.js';
import { until } from '../../../test/support/until.js';
import { openShop } from './application.js';

interface Task {
  readonly id: string;
  readonly status: string;
  readonly progress: number;
  readonly message: string;
  readonly [field: string]: unknown;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z$/;

afterEach(() => void vi.unstubAllEnvs());

async function submit(shop: TestApplication, type: string, data: unknown = {}, who: Who = 'ann'): Promise<string> {
  return (await shop.expect(200, who, 'POST /api/tasks', { body: { type, data } })).task_id;
}

/** All that a client sees that asks every so often until the task has ended. */
async function polled(shop: TestApplication, id: string, everyMs: number): Promise<Task[]> {
  const seen: Task[] = [];
  for (;;) {
    const task: Task = await shop.expect(200, 'ann', `GET /api/tasks/${id}`);
    seen.push(task);
    if (task.status !== 'running') return seen;
    await sleep(everyMs);
  }
}

test('a handler answers with the id of the task at once, although the work lasts 3 s', async () => {
  await using shop = await openShop({ isWorking: true });
  await shop.expect(200, 'ann', 'GET /api/tasks');
  const before = performance.now();
  const answer = await shop.expect(200, 'ann', 'POST /api/demo/import');
  // The promise: any answer in 300 ms.
  expect(performance.now() - before).toBeLessThan(300);
  expect(answer).toEqual({ task_id: expect.stringMatching(UUID) });
});

test('polled every 500 ms, a task says running from the first look on, then what it reports, then its result', async () => {
  await using shop = await openShop({ isWorking: true });
  const { task_id } = await shop.expect(200, 'ann', 'POST /api/demo/import');
  const seen = await polled(shop, task_id, 500);
  expect(seen[0]).toEqual({
    id: task_id,
    type: 'stock_import',
    status: 'running',
    progress: 0,
    message: '',
    result: null,
    error: '',
    created_at: expect.stringMatching(RFC_3339),
    done_at: null,
  });
  const said = [...new Set(seen.map(({ progress, message }) => `${progress} ${message}`))];
  expect(said).toEqual(['0 ', '25 Reading file', '75 Saving to DB', '100 Saving to DB']);
  expect(seen.at(-1)).toEqual({
    ...seen[0],
    status: 'completed',
    progress: 100,
    message: 'Saving to DB',
    result: { rows_total: 100, inserted: 95 },
    done_at: expect.stringMatching(RFC_3339),
  });
});

test('progress never falls below an earlier poll, and stays between 0 and 100', async () => {
  await using shop = await openShop({ isWorking: true });
  const seen = (await polled(shop, await submit(shop, 'wild'), 20)).map(({ progress }) => progress);
  expect(seen).toEqual([...seen].sort((one, other) => one - other));
  expect(seen).toContain(60);
  expect(seen.every((progress) => Number.isInteger(progress) && progress >= 0 && progress <= 100)).toBe(true);
  expect(seen.at(-1)).toBe(100);
});

test('a handler that throws is an error with its text, no result, and a time', async () => {
  await using shop = await openShop();
  const id = await submit(shop, 'pricelist_create', { row: 7 });
  await shop.work();
  expect(await shop.expect(200, 'ann', `GET /api/tasks/${id}`)).toMatchObject({
    status: 'error',
    error: 'bad row 7',
    result: null,
    done_at: expect.stringMatching(RFC_3339),
  });
});

test('a cancelled task has failed, and says so', async () => {
  await using shop = await openShop();
  const id = await submit(shop, 'stock_import', { stepMs: 1 });
  await shop.app.container.get('progressManager').cancel(id);
  expect(await shop.expect(200, 'ann', `GET /api/tasks/${id}`)).toMatchObject({
    status: 'error',
    error: 'The task was cancelled.',
    result: null,
  });
});

test('an id that nobody has is 404 with an error, in whatever form it comes', async () => {
  await using shop = await openShop();
  const foreign = await submit(shop, 'wild', {}, 'ben');
  for (const id of [
    '00000000-0000-4000-8000-000000000000',
    foreign,
    '1',
    '-1',
    'x',
    '%00',
    '..%2f..%2fetc',
    "1'%20OR%20'1'='1",
    'a'.repeat(5000),
  ]) {
    expect(await shop.expect(404, 'ann', `GET /api/tasks/${id}`)).toEqual({ error: 'There is no such task.' });
  }
});

test.each([
  ['GET /api/tasks/a/b', 404, null],
  ['PUT /api/tasks', 405, 'GET, HEAD, POST'],
  ['DELETE /api/tasks/00000000-0000-4000-8000-000000000000', 405, 'GET, HEAD'],
])('an address or a method that there is not is an error like all others: %s', async (line, status, allow) => {
  await using shop = await openShop();
  const response = await shop.send('ann', line);
  expect([response.status, response.headers.get('Allow')]).toEqual([status, allow]);
  expect(await response.json()).toEqual({ error: expect.stringMatching(/./) });
  expect(Object.keys(await shop.expect(401, 'nobody', line))).toEqual(['error']);
});

test('the list holds the same objects, the newest first, whatever their status', async () => {
  await using shop = await openShop();
  const old = await submit(shop, 'stock_import', { stepMs: 1 });
  const ended = await submit(shop, 'pricelist_create', { row: 1 });
  await submit(shop, 'wild', {}, 'ben');
  await shop.app.container.get('loop').tick();
  await until('the second has ended', async () => (await shop.app.container.get('taskApi').get(ended))?.done_at);
  const young = await submit(shop, 'stock_import', { stepMs: 1 });
  const list: Task[] = await shop.expect(200, 'ann', 'GET /api/tasks');
  expect(list.map(({ id }) => id)).toEqual([young, ended, old]);
  for (const task of list) expect(await shop.expect(200, 'ann', `GET /api/tasks/${task.id}`)).toEqual(task);
  expect(await shop.expect(200, 'ann', 'GET /api/tasks?limit=1')).toEqual([list[0]]);
});

test('where nothing was submitted the list is empty', async () => {
  await using shop = await openShop();
  expect(await shop.expect(200, 'ann', 'GET /api/tasks')).toEqual([]);
});

test('a task may be submitted over HTTP, under a key once at a time, and says where it is', async () => {
  await using shop = await openShop();
  const body = { type: 'stock_import', data: { stepMs: 1 }, name: 'Stock of May', key: 'stock' };
  const response = await shop.send('ann', 'POST /api/tasks', { body });
  const { task_id } = (await response.json()) as { task_id: string };
  expect(response.headers.get('Location')).toBe(`/api/tasks/${task_id}`);
  const { error } = await shop.expect(409, 'ann', 'POST /api/tasks', { body });
  expect(error).toBe(`The task ${task_id} holds the key until it ends.`);
  const ofBen = await shop.expect(409, 'ben', 'POST /api/tasks', { body });
  expect(ofBen.error).toContain('held by another unfinished job');
  const [job] = (await shop.app.container.get('progressManager').find()).list;
  expect(job).toMatchObject({ name: 'Stock of May', userId: 'ann' });
});

test('202 is answered where the setting says so, and no other number', async () => {
  vi.stubEnv('TASK_API_STATUS', '202');
  {
    await using shop = await openShop();
    await shop.expect(202, 'ann', 'POST /api/tasks', { body: { type: 'wild' } });
  }
  vi.stubEnv('TASK_API_STATUS', '204');
  await expect(openShop()).rejects.toThrow('TASK_API_STATUS must be 200 or 202; it is "204".');
});

test.each([
  ['no JSON', 400, { body: '{', headers: { 'Content-Type': 'application/json' } }, 'body: is not JSON.'],
  ['another type of body', 415, { body: 'a=1' }, 'Send the body as "Content-Type: application/json"'],
  ['a list', 400, { body: [] }, 'body: must be a JSON object'],
  ['no type', 400, { body: {} }, 'type: must be the text'],
  ['a field nobody knows', 400, { body: { type: 'wild', dta: 1 } }, 'dta: is not known here.'],
  ['a type nobody declares', 422, { body: { type: 'stok_import' } }, 'Did you mean "stock_import"?'],
  ['a name that is none', 400, { body: { type: 'wild', name: 7 } }, 'name'],
])('what cannot be submitted is an error that says what to do: %s', async (_, status, sending, words) => {
  await using shop = await openShop();
  const { error, ...others } = await shop.expect(status, 'ann', 'POST /api/tasks', sending);
  expect(error).toContain(words);
  expect(others).toEqual({});
  expect(await shop.expect(200, 'ann', 'GET /api/tasks')).toEqual([]);
});

test.each(['0', '201', 'x', '1.5', '-1', ''])('a limit of "%s" is refused', async (limit) => {
  await using shop = await openShop();
  const { error } = await shop.expect(400, 'ann', `GET /api/tasks?limit=${limit}`);
  expect(error).toContain('limit: must be a whole number from 1 to 200');
});

test('nobody comes in without a key, and no event stream is needed', async () => {
  await using shop = await openShop();
  expect(Object.keys(await shop.expect(401, 'nobody', 'GET /api/tasks'))).toEqual(['error']);
  expect(Object.keys(await shop.expect(401, 'nobody', 'POST /api/tasks', { body: { type: 'wild' } }))).toEqual([
    'error',
  ]);
  const id = await submit(shop, 'wild');
  const response = await shop.send('ann', `GET /api/tasks/${id}`, { headers: { Accept: 'application/json' } });
  expect(response.headers.get('Content-Type')).toMatch(/^application\/json/);
});

test('a task that ends while the list is read stands in it once, as it was seen last', async () => {
  await using shop = await openShop();
  const progressManager = shop.app.container.get('progressManager');
  const id = await submit(shop, 'stock_import');
  const find = progressManager.find.bind(progressManager);
  vi.spyOn(progressManager, 'find').mockImplementation(async (filter, as) => {
    const page = await find(filter, as);
    if (filter?.status?.includes('new')) await progressManager.cancel(id);
    return page;
  });
  expect(await shop.expect(200, 'ann', 'GET /api/tasks')).toMatchObject([{ id, status: 'error' }]);
});
