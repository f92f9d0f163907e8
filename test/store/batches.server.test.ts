import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ClaimedJob, Inserted } from '../../core/contracts/job-store.js';
import { KnexJobStore } from '../../core/store/knex-job-store.js';
import { openDatabase } from '../../core/store/open-database.js';
import { startProxy } from '../support/proxy.js';
import { createTestDatabase } from '../support/test-database.js';
import { KEEP, newJob, slice } from './contract/samples.js';
import { StoreUnderTest } from './contract/store-under-test.js';

const at = new StoreUnderTest();
let url: string;

beforeAll(() =>
  at.open(async () => {
    const place = await createTestDatabase();
    url = place.url;
    return place;
  }),
);
afterAll(() => at.close());
beforeEach(() => at.empty());

async function leases(count: number): Promise<readonly ClaimedJob[]> {
  await at.pushMany(count);
  return at.claim();
}

/** A setting of the whole server, until it is disposed of. */
async function setGlobal(name: string, value: number): Promise<AsyncDisposable> {
  const connection = await createConnection(url);
  const [[before]] = (await connection.query(`SELECT @@GLOBAL.${name} AS value`)) as never as [[{ value: number }]];
  await connection.query(`SET GLOBAL ${name} = ${value}`);
  return {
    [Symbol.asyncDispose]: async () => {
      await connection.query(`SET GLOBAL ${name} = ${before.value}`);
      await connection.end();
    },
  };
}

test('a row that somebody else has locked holds up only its own record', async () => {
  const [locked, ...others] = await leases(5);
  const outsider = await at.database.knex.transaction();
  await outsider.raw('SELECT * FROM progress_manager WHERE number = ? FOR UPDATE', [locked?.number ?? 0]);
  const store = at.store;
  let isLockedRecorded = false;
  const late = store.record(locked as ClaimedJob, slice(), KEEP).finally(() => {
    isLockedRecorded = true;
  });
  const told = await Promise.all(others.map((lease) => store.record(lease, slice(), KEEP)));
  expect(told).toEqual(Array(4).fill('recorded'));
  expect(isLockedRecorded).toBe(false);
  await outsider.rollback();
  expect(await late).toBe('recorded');
});

test('a key that somebody else is about to take holds up only its own push', async () => {
  const outsider = await at.database.knex.transaction();
  const held = newJob({ key: 'busy' });
  const { number } = await at.push({ key: 'busy' });
  await outsider('progress_manager').where({ number }).update({ name: 'Renamed', status: 'success' });
  const store = at.store;
  let isAnswered = false;
  const late = store.insert(held).finally(() => {
    isAnswered = true;
  });
  const others = await Promise.all([newJob(), newJob()].map((job) => store.insert(job)));
  expect(others).toMatchObject([{ created: true }, { created: true }]);
  expect(isAnswered).toBe(false);
  await outsider.commit();
  expect(await late).toMatchObject({ created: true });
});

test.each([
  ['record', 'WHEN '],
  ['push', 'INSERT INTO progress_manager'],
] as const)('a %s of many whose answer is lost on its way counts once', async (what, statement) => {
  const held = await leases(4);
  await using proxy = await startProxy(url);
  const database = await openDatabase({
    url: proxy.url,
    pool: 5,
    boundNow: () => at.now.replace('T', ' ').slice(0, 23),
  });
  const store = new KnexJobStore(database);
  proxy.swallowAnswerTo(statement);
  const told: Promise<unknown>[] =
    what === 'record'
      ? held.map((lease) => store.record(lease, slice(), KEEP))
      : Array.from({ length: 4 }, async () => (await store.insert(newJob())).created);
  expect(await Promise.all(told)).toEqual(Array(4).fill(what === 'record' ? 'recorded' : true));
  expect(proxy.swallowed).toBe(1);
  if (what === 'record') for (const { number } of held) expect(await at.row(number)).toMatchObject({ slice_seq: 1 });
  else expect(await at.database.knex('progress_manager')).toHaveLength(8);
  await database.close();
});

/** So many jobs of one turn. */
const inTurn = (store: KnexJobStore, count: number, options: Parameters<typeof newJob>[0] = {}) =>
  Promise.all(Array.from({ length: count }, () => newJob(options)).map((job) => store.insert(job)));

test('pushes that come in step are read by the server once, and each gets its own number', async () => {
  const executed = async () => {
    const [[{ Value }]] = await at.database.knex.raw("SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'");
    return Number(Value);
  };
  const { store } = at;
  const before = await executed();
  const told: Inserted[] = [];
  for (const count of [7, 7, 7, 5]) told.push(...(await inTurn(store, count)));
  expect((await executed()) - before).toBe(2);
  // As two crowds push that were one.
  for (const count of [7, 5, 4, 3]) told.push(...(await inTurn(store, count)));
  expect((await executed()) - before).toBe(4);
  const rows = await at.database.knex('progress_manager').select('id', 'number', 'status', 'attempt');
  expect(rows).toHaveLength(45);
  const given = new Map(rows.map(({ id, number }) => [id, number]));
  for (const answer of told) expect(answer).toMatchObject({ created: true, job: { number: given.get(answer.job.id) } });
});

test('pushes in step may carry all that a push may say', async () => {
  const runAt = '2031-01-01T00:00:00.000Z';
  const all = { priority: 7, userId: 'ann', isHidden: true, version: 3, group: 'night', schedule: 'nightly', runAt };
  const { store } = at;
  await inTurn(store, 3, all);
  await inTurn(store, 3, all);
  const rows = await at.database.knex('progress_manager').select('*');
  expect(rows).toHaveLength(6);
  for (const row of rows) {
    expect(row).toMatchObject({ priority: 7, created_by_id: 'ann', is_hidden: 1, version: 3, job_group: 'night' });
    expect(row).toMatchObject({ schedule_key: 'nightly', run_at: '2031-01-01 00:00:00.000', due_at: row.run_at });
  }
});

test('a prepared push whose answer is lost on its way counts once', async () => {
  await using proxy = await startProxy(url);
  const database = await openDatabase({ url: proxy.url, pool: 2 });
  try {
    const store = new KnexJobStore(database);
    await inTurn(store, 2, { name: 'First' });
    await inTurn(store, 2, { name: 'Second' });
    // Of a prepared statement only the values are sent.
    proxy.swallowAnswerTo('Third');
    expect(await inTurn(store, 2, { name: 'Third' })).toMatchObject([{ created: true }, { created: true }]);
    expect(proxy.swallowed).toBe(1);
    expect(await at.database.knex('progress_manager').where({ name: 'Third' })).toHaveLength(2);
  } finally {
    await database.close();
  }
});

test('a server that prepares no more statements still takes pushes, and records, alone and with writes', async () => {
  const [alone, withWrites] = await leases(2);
  await using _setting = await setGlobal('max_prepared_stmt_count', 0);
  // Connections of its own: those that are open keep what they have prepared.
  const database = await openDatabase({ url, pool: 3, boundNow: () => at.now.replace('T', ' ').slice(0, 23) });
  try {
    const store = new KnexJobStore(database);
    expect(await store.record(alone as ClaimedJob, slice(), KEEP)).toBe('recorded');
    const write = async () => ({ slice: slice(), leave: KEEP });
    expect(await store.recordWith(withWrites as ClaimedJob, write)).toBe('recorded');
    for (let turn = 0; turn < 2; turn++) {
      expect(await inTurn(store, 2)).toMatchObject([{ created: true }, { created: true }]);
    }
  } finally {
    await database.close();
  }
});

test('a list of long names goes in parts that a small packet takes', async () => {
  await using _setting = await setGlobal('max_allowed_packet', 1024 * 1024);
  const database = await openDatabase({ url, pool: 5 });
  try {
    const name = '😀'.repeat(255);
    const jobs = Array.from({ length: 1000 }, (_, index) => newJob({ name, key: `${index} ${'😀'.repeat(250)}` }));
    expect(await new KnexJobStore(database).insertMany(jobs, () => undefined)).toHaveLength(1000);
  } finally {
    await database.close();
  }
});

test('a server that takes small packets still takes a turn of many large rows', async () => {
  await using _setting = await setGlobal('max_allowed_packet', 1024 * 1024);
  const database = await openDatabase({ url, pool: 5 });
  try {
    const store = new KnexJobStore(database);
    const data = JSON.stringify('é'.repeat(30_000));
    const jobs = Array.from({ length: 60 }, () => newJob({ data }));
    const inserted = await Promise.all(jobs.map((job) => store.insert(job)));
    expect(inserted.filter(({ created }) => created)).toHaveLength(60);
    const list = Array.from({ length: 60 }, () => newJob({ data }));
    expect(await store.insertMany(list, () => undefined)).toHaveLength(60);
    const request = { worker: 'host:1/a', types: ['copy'], limit: 60, leaseMs: 30_000 };
    const { jobs: held } = await store.claim(request);
    const told = await Promise.all(held.map((lease) => store.record(lease, slice({ data, result: data }), KEEP)));
    expect(new Set(told)).toEqual(new Set(['recorded']));
  } finally {
    await database.close();
  }
});
