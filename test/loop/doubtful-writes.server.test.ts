import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { expect, test } from 'vitest';
import { openScripted, script } from '../fixtures/scripted/open-scripted.js';
import { startProxy } from '../support/proxy.js';
import { createTestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

test('a file that the row names stays, although the job was taken over before its record could be looked up', async () => {
  await using database = await createTestDatabase();
  await using proxy = await startProxy(database.url);
  await using first = await openScripted({ databaseUrl: proxy.url });
  const { filesDir } = first;
  await using second = await openScripted({ databaseUrl: database.url, filesDir, migrate: false, intervalMs: 10 });
  let isTakenOver = false;
  script.slice = async (service, job, context) => {
    if (job.offset === 0) {
      await second.app.start();
      await context.files.append('a.txt', 'hello');
      service.advance(1, 2);
      return true;
    }
    isTakenOver = true;
    return false;
  };
  const number = await first.push();
  proxy.swallowAnswerTo('write_id = ');
  await first.loop.tick();
  await until('the other worker', () => isTakenOver);
  const job = await first.job(number);
  expect(proxy.swallowed).toBe(1);
  expect(job.outputs).toMatchObject([{ name: 'a.txt', size: 5 }]);
  expect(readdirSync(join(filesDir, 'jobs', job.id))).toHaveLength(1);
});

test('a commit that comes late is the one that counts: the writes are not done again beside it', async () => {
  await using database = await createTestDatabase();
  await using proxy = await startProxy(database.url);
  await using scripted = await openScripted({ databaseUrl: proxy.url });
  await scripted.knex.schema.createTable('note', (table) => table.string('text', 100).notNullable().unique());
  let runs = 0;
  script.slice = async (service, job, context) => {
    if (job.offset === 0) {
      context.write(async (transaction) => {
        runs++;
        const [{ affectedRows }] = await transaction.raw("INSERT IGNORE INTO note (text) VALUES ('a'), ('b')");
        service.setCounts({ processed: 2, skipped: 2 - affectedRows });
        if (affectedRows < 2) await context.files.append('skipped.txt', 'were there already');
      });
    }
    service.advance(job.offset + 1, 2);
    return true;
  };
  const number = await scripted.push();
  proxy.hold('COMMIT', 5300);
  const carried = await scripted.carried(number);
  expect(carried).toMatchObject({ offset: 1, counts: { skipped: 0 }, outputs: [] });
  expect(await scripted.carried(number)).toMatchObject({ status: 'success', counts: { skipped: 0 }, outputs: [] });
  expect(runs).toBe(1);
});

test('a write that no connection survives ends its job, with what happened', async () => {
  await using database = await createTestDatabase();
  await using server = await withPacketsUpTo(1024 * 1024, database.url);
  await using scripted = await openScripted({ databaseUrl: server.url });
  await scripted.knex.schema.createTable('note', (table) => table.text('text', 'longtext'));
  script.slice = (service, _job, context) => {
    context.write(async (transaction) => void (await transaction('note').insert({ text: 'x'.repeat(3_000_000) })));
    service.advance(1, 1);
    return true;
  };
  const { status, error } = await scripted.carried(await scripted.push());
  expect(status).toBe('error');
  expect(error?.message).toMatch(/connection broke 6 times|max_allowed_packet/);
});

test('a push whose answer is lost is the one job it made', async () => {
  await using database = await createTestDatabase();
  await using proxy = await startProxy(database.url);
  await using scripted = await openScripted({ databaseUrl: proxy.url });
  proxy.swallowAnswerTo('INSERT INTO progress_manager');
  expect(await scripted.manager.push('A job', 'scripted')).toMatchObject({ created: true });
  expect(proxy.swallowed).toBe(1);
  expect((await scripted.manager.find()).total).toBe(1);
});

test.each([
  ['cancel', "status = 'cancelled'", 'cancelled'],
  ['pause', "status = 'paused'", 'paused'],
] as const)('a %s whose answer is lost is done, and says so', async (action, statement, status) => {
  await using database = await createTestDatabase();
  await using proxy = await startProxy(database.url);
  await using scripted = await openScripted({ databaseUrl: proxy.url });
  const number = await scripted.push();
  proxy.swallowAnswerTo(statement);
  expect(await scripted.manager[action](number)).toMatchObject({ status });
  expect(proxy.swallowed).toBe(1);
});

/** The server under test, taking no larger packets than this from new connections until it is disposed of. */
async function withPacketsUpTo(bytes: number, url: string) {
  const connection = await createConnection(url);
  const [[before]] = (await connection.query('SELECT @@GLOBAL.max_allowed_packet AS bytes')) as never as [
    [{ bytes: number }],
  ];
  await connection.query(`SET GLOBAL max_allowed_packet = ${bytes}`);
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      await connection.query(`SET GLOBAL max_allowed_packet = ${before.bytes}`);
      await connection.end();
    },
  };
}
