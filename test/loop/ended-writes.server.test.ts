import type { Knex } from 'knex';
import type { WriteTransaction } from 'progress-manager';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { script } from '../fixtures/scripted/open-scripted.js';
import { databaseFault } from '../support/database-fault.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { writeSetup } from './write-setup.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());

const share = writeSetup(() => ({ databaseUrl: database.url }));

/** With what commits by itself. */
async function open() {
  const scripted = await share();
  await scripted.knex.schema.dropTableIfExists('staging');
  await scripted.knex.schema.createTable('staging', (table) => table.integer('n'));
  await scripted.knex.raw('DROP PROCEDURE IF EXISTS commits');
  await scripted.knex.raw('CREATE PROCEDURE commits() COMMIT');
  await scripted.knex.raw('DROP PROCEDURE IF EXISTS commits_and_tells');
  await scripted.knex.raw('CREATE PROCEDURE commits_and_tells() BEGIN COMMIT; SELECT 1 AS one; END');
  return scripted;
}

const COMMITTING = [
  'TRUNCATE TABLE staging',
  'ALTER TABLE staging ADD COLUMN m INT',
  'CALL commits()',
  'CALL commits_and_tells()',
];

/** What a callback may do behind a statement that commits. */
const WAYS: Readonly<
  Record<string, (commits: (on?: Knex) => Promise<unknown>, on: WriteTransaction) => Promise<unknown>>
> = {
  'goes on': async (commits, transaction) => {
    await commits();
    await transaction('note').insert({ text: 'behind' });
  },
  'catches what it goes on with': async (commits, transaction) => {
    await commits();
    await transaction('note')
      .insert({ text: 'behind' })
      .catch(() => undefined);
  },
  'is over': (commits) => commits(),
  throws: async (commits) => {
    await commits();
    throw new Error('No.');
  },
  'meets a deadlock': async (commits) => {
    await commits();
    await databaseFault({ errno: 1213 });
  },
  'had it in a transaction inside': (commits, transaction) => transaction.transaction((inner) => commits(inner)),
};

test.each([
  ...COMMITTING.map((statement) => [statement, 'goes on'] as const),
  ...Object.keys(WAYS).map((way) => ['TRUNCATE TABLE staging', way] as const),
])('what %s commits in the middle of a write that %s is not passed over, nor tried again', async (statement, way) => {
  await using scripted = await open();
  const number = await scripted.push('stubborn');
  let runs = 0;
  script.slice = (service, _job, context) => {
    context.write(async (transaction) => {
      runs++;
      await transaction('note').insert({ text: 'before' });
      await WAYS[way]?.((on = transaction) => on.raw(statement), transaction);
    });
    service.advance(1, 1);
    return true;
  };
  const { status, error } = await scripted.carried(number);
  const words = /^\w+ \w+/.exec(statement)?.[0];
  expect([status, error?.message]).toEqual(['error', expect.stringContaining(`${words}`)]);
  expect(error?.message).toContain('ended the transaction');
  // What the message says: in part.
  expect([runs, await scripted.notes()]).toEqual([1, ['before']]);
});

test('before the first write it commits nothing, and all behind it is one', async () => {
  await using scripted = await open();
  const number = await scripted.push();
  let runs = 0;
  script.slice = (service, _job, context) => {
    context.write(async (transaction) => {
      await transaction.raw('TRUNCATE TABLE staging');
      await transaction('note').insert({ text: 'a' });
      // Undone with the rest, and done again.
      if (++runs === 1) await transaction.raw("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213");
    });
    service.advance(1, 1);
    return true;
  };
  expect(await scripted.carried(number)).toMatchObject({ status: 'success' });
  expect([runs, await scripted.notes()]).toEqual([2, ['a']]);
});

test('a transaction inside the write ends nothing', async () => {
  await using scripted = await open();
  const number = await scripted.push();
  script.slice = (service, _job, context) => {
    context.write(async (transaction) => {
      await transaction('note').insert({ text: 'a' });
      await transaction.transaction((inner) => inner('note').insert({ text: 'b' }));
      await transaction.transaction((inner) => inner('note').insert({ text: 'a' })).catch(() => undefined);
    });
    service.advance(1, 1);
    return true;
  };
  expect(await scripted.carried(number)).toMatchObject({ status: 'success' });
  expect(await scripted.notes()).toEqual(['a', 'b']);
});
