import { expect, test } from 'vitest';
import { RowWriter } from '../../../modules/tables/services/row-writer.js';

const rowWriter = new RowWriter();

const duplicate = () =>
  Object.assign(new Error('insert … - UNIQUE constraint failed: t.a'), { code: 'SQLITE_CONSTRAINT_UNIQUE' });

test('what the database refuses is found in few statements, everything else is written once', async () => {
  const written: number[] = [];
  let statements = 0;
  const items = Array.from({ length: 500 }, (_, index) => index);
  const refused = await rowWriter.write(items, async (part) => {
    statements++;
    if (part.includes(77) || part.includes(300)) throw duplicate();
    written.push(...part);
  });
  expect(refused).toEqual([77, 300].map((item) => ({ item, reason: 'UNIQUE constraint failed: t.a' })));
  expect(written.sort((one, other) => one - other)).toEqual(items.filter((item) => item !== 77 && item !== 300));
  expect(statements).toBeLessThan(40);
});

test.each([
  ['a deadlock', { errno: 1213, code: 'ER_LOCK_DEADLOCK' }],
  ['a lock that was not given', { errno: 1205, code: 'ER_LOCK_WAIT_TIMEOUT' }],
  ['a row that changed meanwhile', { errno: 1020, code: 'ER_CHECKREAD' }],
  ['a lost connection', { code: 'PROTOCOL_CONNECTION_LOST' }],
  ['a full disk', { code: 'SQLITE_FULL' }],
  ['a busy database', { code: 'SQLITE_BUSY' }],
])('%s is no fault of a row', async (_, facts) => {
  let statements = 0;
  const write = rowWriter.write([1, 2], async () => {
    statements++;
    throw Object.assign(new Error('no'), facts);
  });
  await expect(write).rejects.toMatchObject(facts);
  expect(statements).toBe(1);
});

test('the reason is in the words of the database', async () => {
  const facts = { errno: 1062, code: 'ER_DUP_ENTRY', sqlMessage: "Duplicate entry 'a - b' for key 'x'" };
  const [refused] = await rowWriter.write(['a'], () =>
    Promise.reject(Object.assign(new Error('insert … - no'), facts)),
  );
  expect(refused?.reason).toBe("Duplicate entry 'a - b' for key 'x'");
});
