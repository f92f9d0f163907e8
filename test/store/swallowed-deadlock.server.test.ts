import { expect, test } from 'vitest';
import { script } from '../fixtures/scripted/modules/scripted/services/script.js';
import { openScripted } from '../fixtures/scripted/open-scripted.js';
import { createTestDatabase } from '../support/test-database.js';

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
