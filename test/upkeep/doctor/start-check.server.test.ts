import { expect, test } from 'vitest';
import { StoreUnavailableError } from '../../../core/contracts/errors.js';
import { openScripted } from '../../fixtures/scripted/open-scripted.js';
import { startProxy } from '../../support/proxy.js';
import { createTestDatabase } from '../../support/test-database.js';
import { until } from '../../support/until.js';

/** A core whose statements all go over one connection, so that a test can spoil its session. */
async function openOnOneConnection() {
  const database = await createTestDatabase();
  const proxy = await startProxy(database.url);
  const scripted = await openScripted({ databaseUrl: proxy.url, pool: 2 });
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

test('a worker starts on a sound server without a word, and leaves nothing of its trial', async () => {
  await using scripted = await openOnOneConnection();
  await scripted.app.start();
  expect(scripted.logged.filter(({ level }) => level === 'warn')).toEqual([]);
  expect(await scripted.knex('progress_upload').select()).toEqual([]);
  expect(await scripted.manager.wait(await scripted.push(), { timeout: 5000 })).toMatchObject({ status: 'success' });
});

test('a worker refuses to start where its sessions are not its own, with what to do, and touches no job', async () => {
  await using scripted = await openOnOneConnection();
  const number = await scripted.push();
  await scripted.knex.raw('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  const refusal = await scripted.app.start().catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(StoreUnavailableError);
  expect((refusal as Error).message).toMatch(
    /REPEATABLE-READ instead of READ-COMMITTED.*proxy.*progress-manager doctor/s,
  );
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await scripted.job(number)).toMatchObject({ status: 'new' });
});

test('a worker tells in its log what it can live with, and starts', async () => {
  await using scripted = await openOnOneConnection();
  await scripted.knex.raw("SET time_zone = '+02:00'");
  await scripted.app.start();
  expect(scripted.logged.filter(({ level }) => level === 'warn')).toMatchObject([
    { message: expect.stringContaining('+02:00 instead of UTC'), fields: { check: 'time zone' } },
  ]);
});

test('a worker that starts while the database is silent works when it is back', async () => {
  await using scripted = await openOnOneConnection();
  const number = await scripted.push();
  scripted.proxy.freeze();
  const startedAt = performance.now();
  await scripted.app.start();
  expect(performance.now() - startedAt).toBeLessThan(3000);
  expect(scripted.logged).toContainEqual(expect.objectContaining({ level: 'warn' }));
  scripted.proxy.thaw();
  const status = async () => (await scripted.job(number).catch(() => undefined))?.status;
  await until('the end', async () => (await status()) === 'success', 15_000);
});

test('a stop while a start still looks at the database is the last word', async () => {
  await using scripted = await openOnOneConnection();
  const number = await scripted.push();
  scripted.proxy.hold('SHOW SESSION VARIABLES', 500);
  const started = scripted.app.start();
  await scripted.app.stop();
  await started;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await scripted.job(number)).toMatchObject({ status: 'new' });
});
