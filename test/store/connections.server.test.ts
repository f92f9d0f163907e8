import { expect, test } from 'vitest';
import { openDatabase } from '../../core/store/open-database.js';
import { isOutage } from '../../core/store/transient.js';
import { createTestDatabase } from '../support/test-database.js';

const CONNECTION = 'SELECT CONNECTION_ID() AS id';

test('the beat has a connection that busy slices cannot take', async () => {
  await using place = await createTestDatabase();
  const database = await openDatabase({ url: place.url, pool: 2 });
  const busy = await database.knex.transaction();
  const [kept] = await database.reserved.rows<{ id: number }>(CONNECTION, []);
  const [again] = await database.reserved.rows<{ id: number }>(CONNECTION, []);
  expect(kept).toEqual(again);
  await busy.rollback();
  const [other] = await database.rows<{ id: number }>(CONNECTION, []);
  expect(other?.id).not.toBe(kept?.id);
  await database.close();
});

test.each([1290, 1792, 1836, 1047, 3100])(
  'a connection to a server that says %i is an outage, and the connection is not used again',
  async (code) => {
    await using place = await createTestDatabase();
    const database = await openDatabase({ url: place.url, pool: 2 });
    const [before] = await database.rows<{ id: number }>(CONNECTION, []);
    const refused = await database
      .rows(`SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = ${code}`, [])
      .catch((error) => error);
    expect(refused).toMatchObject({ errno: code });
    expect(isOutage(refused)).toBe(true);
    const [after] = await database.rows<{ id: number }>(CONNECTION, []);
    expect(after?.id).not.toBe(before?.id);
    await database.close();
  },
);

test('after one connection met a server that takes no writes, those that only read are not used again either', async () => {
  await using place = await createTestDatabase();
  const database = await openDatabase({ url: place.url, pool: 3 });
  const idOf = async (of: typeof database) => (await of.rows<{ id: number }>(CONNECTION, []))[0]?.id;
  const [before, reserved] = [await idOf(database), await idOf(database.reserved)];
  await expect(database.rows("SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1290", [])).rejects.toThrow();
  const [after, reservedAfter] = [await idOf(database), await idOf(database.reserved)];
  expect([after, reservedAfter]).not.toContain(before);
  expect([after, reservedAfter]).not.toContain(reserved);
  // Those opened since are kept.
  expect([await idOf(database), await idOf(database.reserved)]).toEqual([after, reservedAfter]);
  await database.close();
});
