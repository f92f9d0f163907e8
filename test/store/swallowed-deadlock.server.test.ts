import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection } from 'mysql2/promise';
import { expect, test } from 'vitest';
import { script } from '../fixtures/scripted/modules/scripted/services/script.js';
import { openScripted } from '../fixtures/scripted/open-scripted.js';
import { createTestDatabase } from '../support/test-database.js';
import { until } from '../support/until.js';

test('a deadlock that a write callback catches repeats the whole: the record does not stand without the writes', async () => {
  await using database = await createTestDatabase();
  await using scripted = await openScripted({ databaseUrl: database.url });
  const number = await scripted.push();
  let runs = 0;
  script.slice = (service, _job, context) => {
    context.write(async (transaction) => {
      runs++;
      if (runs > 1) return;
      // What the server says to the loser of a deadlock; the callback goes on as if nothing had happened.
      await transaction.raw("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213").catch(() => undefined);
    });
    service.advance(1, 1);
    return true;
  };
  expect(await scripted.carried(number)).toMatchObject({ status: 'success' });
  expect(runs).toBe(2);
});

interface Sending {
  /** The statement that meets the deadlock; never throws. */
  fails(): Promise<unknown>;
  inserts(): Promise<unknown>;
  asks(): Promise<unknown>;
  /** Called when the slice's record has been sent. */
  behindRecord(then: () => void): void;
}

/** What a callback may send beside the statement that meets a deadlock. */
const WAYS: Readonly<Record<string, (sending: Sending) => unknown>> = {
  'catches it and goes on': async ({ fails, inserts }) => {
    await fails();
    await inserts();
  },
  // Its answer says that no transaction is open, which it has not ended.
  'catches it and sends what writes nothing': async ({ fails, inserts, asks }) => {
    await fails();
    await asks();
    await inserts();
  },
  // Sent before anybody hears of the deadlock.
  'had more in line': ({ fails, inserts }) => Promise.all([fails(), inserts()]),
  'does not wait for it': async ({ fails, inserts }) => {
    await inserts();
    void fails();
  },
  'meets it behind the record': async ({ fails, inserts, behindRecord }) => {
    await inserts();
    behindRecord(() => void fails());
  },
};

test.each(Object.entries(WAYS))('a deadlock of a write callback that %s: all is written once', async (_, goesOn) => {
  await using database = await createTestDatabase();
  await using scripted = await openScripted({ databaseUrl: database.url });
  const knex = scripted.app.container.get('knex');
  await knex.raw('CREATE TABLE pair (id INT PRIMARY KEY, n INT)');
  await knex.raw('CREATE TABLE note (text VARCHAR(20))');
  await knex('pair').insert([1, 2].map((id) => ({ id, n: 0 })));
  const number = await scripted.push();
  // Has written more than the slice, which is therefore the one that loses.
  await using outsider = await createConnection(database.url);
  await outsider.query('BEGIN');
  await outsider.query('INSERT INTO note VALUES ?', [Array(100).fill(['theirs'])]);
  await outsider.query('UPDATE pair SET n = n + 1 WHERE id = 2');
  const met: unknown[] = [];
  let runs = 0;
  script.slice = (service, _job, context) => {
    context.write(async (transaction) => {
      const update = (id: number) => transaction.raw('UPDATE pair SET n = n + 1 WHERE id = ?', [id]);
      const insert = () => transaction.raw("INSERT INTO note VALUES ('ours')");
      await update(1);
      if (++runs > 1) return insert().then(() => undefined);
      void outsider.query('UPDATE pair SET n = n + 1 WHERE id = 1').then(() => outsider.commit());
      await sleep(200);
      await goesOn({
        fails: () => update(2).catch((error) => met.push(error.errno)),
        inserts: insert,
        asks: () => transaction.raw('SET @nothing = 1'),
        behindRecord: (then) =>
          transaction.on('query', ({ sql }) => {
            if (sql.includes('write_id = ')) process.nextTick(then);
          }),
      });
    });
    service.advance(1, 1);
    return true;
  };
  expect(await scripted.carried(number)).toMatchObject({ status: 'success' });
  expect([met, runs]).toEqual([[1213], 2]);
  await until('theirs stands', async () => (await knex('note').where({ text: 'theirs' })).length === 100);
  expect(await knex('note').where({ text: 'ours' })).toHaveLength(1);
  expect(await knex('pair').orderBy('id')).toMatchObject([{ n: 2 }, { n: 1 }]);
});
