import { describe, expect, test } from 'vitest';
import { openScripted, script } from '../fixtures/scripted/open-scripted.js';
import { startProxy } from '../support/proxy.js';
import { createTestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';
import { addNote } from './write-setup.js';

/** A core whose database lies behind a proxy, with a table that stands for the application's own. */
async function openBehindProxy(options: Parameters<typeof openScripted>[0] = {}) {
  const database = await createTestDatabase();
  const proxy = await startProxy(database.url);
  const scripted = await openScripted({ databaseUrl: proxy.url, beatMs: 100, ...options });
  await scripted.knex.schema.createTable('note', (table) => {
    table.increments('id');
    table.string('text', 100).notNullable().unique();
  });
  return {
    ...scripted,
    proxy,
    [Symbol.asyncDispose]: async () => {
      await scripted[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}

describe('an answer that is lost', () => {
  test.each([
    ['a record', 'write_id = ', false],
    ['a record with writes', 'write_id = ', true],
    ['a commit', 'COMMIT', true],
    ['a write of the job itself', 'insert into `note`', true],
  ])('of %s is looked up: the slice counts once, and is not repeated', async (_, statement, hasWrites) => {
    await using scripted = await openBehindProxy();
    let slices = 0;
    script.slice = (service, job, context) => {
      slices++;
      if (hasWrites) addNote(context, `slice ${job.offset}`);
      service.advance(job.offset + 1, 2);
      return true;
    };
    const number = await scripted.push();
    scripted.proxy.swallowAnswerTo(statement);
    expect(await scripted.carried(number)).toMatchObject({ status: 'in_progress', offset: 1 });
    expect(scripted.proxy.swallowed).toBe(1);
    expect(await scripted.carried(number)).toMatchObject({ status: 'success', offset: 2 });
    expect(slices).toBe(2);
    expect(await scripted.knex('note').select('text')).toHaveLength(hasWrites ? 2 : 0);
    expect(await scripted.row(number)).toMatchObject({ slice_seq: 2, crash_count: 0 });
  });

  test('of the end of a function that cannot resume does not make it a lost one', async () => {
    await using scripted = await openBehindProxy();
    script.run = () => 42;
    const number = await scripted.push('scripted_run');
    scripted.proxy.swallowAnswerTo('write_id = ');
    expect(await scripted.carried(number)).toMatchObject({ status: 'success', result: 42 });
    expect(scripted.proxy.swallowed).toBe(1);
  });

  test.each([
    ['update', 'SET crash_count'],
    ['read', 'lease_version, slice_seq'],
  ])(
    'of the %s of a claim leaves nothing claimed, so that a function that never began is not lost',
    async (_, part) => {
      await using scripted = await openBehindProxy({ leaseMs: 60_000 });
      const number = await scripted.push('scripted_run');
      scripted.proxy.swallowAnswerTo(part);
      await expect(scripted.loop.tick()).rejects.toThrow();
      expect(await scripted.row(number)).toMatchObject({ status: 'in_progress', lease_owner: expect.anything() });
      expect(await scripted.carried(number)).toMatchObject({ status: 'success' });
      expect(await scripted.row(number)).toMatchObject({ crash_count: 0 });
    },
  );

  test("of a slice's own read costs a pause, not the job", async () => {
    await using scripted = await openBehindProxy();
    script.slice = async (service, _job) => {
      await scripted.knex('note').select('text');
      service.setStatus('success');
      return true;
    };
    const number = await scripted.push();
    scripted.proxy.swallowAnswerTo('from `note`');
    expect(await scripted.carried(number)).toMatchObject({ status: 'in_progress', worker: undefined });
    expect(await scripted.row(number)).toMatchObject({ refusals: 1 });
    await scripted.change(number, { due_at: '2000-01-01 00:00:00.000' });
    expect(await scripted.carried(number)).toMatchObject({ status: 'success' });
  });
});

describe('a database that falls silent', () => {
  test('costs the running slice its lease within the lease, and work goes on once it is back', async () => {
    const leaseMs = 1500;
    await using scripted = await openBehindProxy({ leaseMs, intervalMs: 100 });
    let abortedAt: number | undefined;
    let isRunning = false;
    script.slice = async (_service, _job, { signal }) => {
      isRunning = true;
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      abortedAt ??= performance.now();
      throw signal.reason;
    };
    const number = await scripted.push();
    await scripted.app.start();
    await until('the slice', () => isRunning);
    const frozenAt = performance.now();
    scripted.proxy.freeze();
    await until('the signal', () => abortedAt, leaseMs + 1000);
    expect((abortedAt as unknown as number) - frozenAt).toBeLessThan(leaseMs + 300);
    script.slice = (service) => {
      service.setStatus('success');
      return true;
    };
    scripted.proxy.thaw();
    // A connection of the pool that is still silent costs whoever is given it its deadline.
    const status = async () => (await scripted.job(number).catch(() => undefined))?.status;
    await until('the end', async () => (await status()) === 'success', 15_000);
  });

  test('does not hold up a stop', async () => {
    await using scripted = await openBehindProxy({ graceMs: 300 });
    script.slice = (service, job) => {
      service.setOffset(job.offset + 1);
      return true;
    };
    await scripted.push();
    await scripted.app.start();
    await until('work', async () => (await scripted.job(1)).offset > 5);
    scripted.proxy.freeze();
    const stoppedAt = performance.now();
    await scripted.app[Symbol.asyncDispose]();
    // Grace, cut, giving back, closing, and a second for the machine.
    expect(performance.now() - stoppedAt).toBeLessThan(300 + 500 + 500 + 500 + 1000);
  });
});

describe('a row that somebody else has locked', () => {
  test('costs only its own job: the others are claimed', async () => {
    await using database = await createTestDatabase();
    await using scripted = await openScripted({ databaseUrl: database.url, limit: 5 });
    const locked = await scripted.push();
    const others = await Promise.all(Array.from({ length: 10 }, () => scripted.push()));
    const outsider = await scripted.knex.transaction();
    await outsider.raw('SELECT * FROM progress_manager WHERE number = ? FOR UPDATE', [locked]);
    await scripted.app.start();
    await scripted.manager.wait(others, { timeout: 5000 });
    expect(await scripted.job(locked)).toMatchObject({ status: 'new' });
    await outsider.rollback();
  });

  test('costs a running job its lease, and the jobs beside it nothing', async () => {
    await using database = await createTestDatabase();
    await using scripted = await openScripted({ databaseUrl: database.url, limit: 3, leaseMs: 3000, beatMs: 200 });
    const lost: number[] = [];
    script.slice = async (_service, job, { signal }) => {
      signal.addEventListener('abort', () => lost.push(job.number), { once: true });
      await new Promise((resolve) => setTimeout(resolve, 6000));
      return false;
    };
    const [locked, ...others] = [await scripted.push(), await scripted.push(), await scripted.push()];
    await scripted.app.start();
    await until('all three', async () => (await scripted.manager.find({ status: ['in_progress'] })).total === 3);
    const outsider = await scripted.knex.transaction();
    await outsider.raw('SELECT * FROM progress_manager WHERE number = ? FOR UPDATE', [locked as number]);
    await until('the loss', () => lost.length > 0, 6000);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(lost).toEqual([locked]);
    expect(others).toHaveLength(2);
    await outsider.rollback();
  });

  test('a connection that fell silent in a transaction holds its rows for half a minute, not for hours', async () => {
    await using database = await createTestDatabase();
    await using scripted = await openScripted({ databaseUrl: database.url });
    const [[{ version }]] = await scripted.knex.raw('SELECT VERSION() AS version');
    const [[{ idle }]] = await scripted.knex.raw('SELECT @@wait_timeout AS idle');
    expect(Number(idle)).toBe(600);
    if (!String(version).includes('MariaDB')) return;
    const [[row]] = await scripted.knex.raw('SELECT @@idle_transaction_timeout AS idle');
    expect(Number(row.idle)).toBe(30);
  });
});

test('a cut in the middle of a slow write frees the place, and the write is not begun again', async () => {
  await using database = await createTestDatabase();
  await using scripted = await openScripted({ databaseUrl: database.url, limit: 1, graceMs: 200, leaseMs: 30_000 });
  let writes = 0;
  const slow = await scripted.push();
  script.slice = (service, job, context) => {
    service.advance(1, 1);
    if (job.number === slow)
      context.write(async (transaction) => {
        writes++;
        await transaction.raw('SELECT SLEEP(20)');
      });
    return true;
  };
  await scripted.app.start();
  await until('the write', () => writes === 1);
  await scripted.manager.cancel(slow);
  // The grace time, and 5 s for a rollback that stands behind the slow statement.
  await scripted.manager.wait(await scripted.push(), { timeout: 8000 });
  expect(writes).toBe(1);
});
