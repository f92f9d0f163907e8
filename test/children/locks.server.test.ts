import { bootForTests } from 'progress-manager/testing';
import { expect, test } from 'vitest';
import { emptyDatabases } from '../support/empty-databases.js';
import { addsParts, byName, MODULES } from './modules.js';

const databaseUrl = emptyDatabases();

test('a family of which somebody has locked a row does not hold up the others', { timeout: 60_000 }, async () => {
  await using test = await bootForTests({ modules: MODULES, databaseUrl });
  addsParts({ A: 1 });
  const { number: first } = await test.push('parent');
  await test.worker.pass();
  addsParts({ B: 1 });
  const { number: second } = await test.push('parent');
  await test.worker.pass();
  const rows = test.knex('progress_manager');
  await rows.clone().where({ number: first }).update({ status: 'cancelled', due_at: null });
  await rows.clone().where({ name: 'B' }).update({ status: 'success', due_at: null });
  const { A } = await byName(test);
  expect(A.status).not.toBe('success');
  await test.knex.transaction(async (locking) => {
    await locking('progress_manager').where({ number: A.number }).forUpdate().select('number');
    expect(await test.worker.wakeParents()).toBe(1);
    expect((await test.progressManager.get(second))?.dueAt).toBeDefined();
    expect((await byName(test)).A.status).toBe(A.status);
  });
  await test.worker.wakeParents();
  expect((await byName(test)).A.status).toBe('cancelled');
  expect(test.logged).toContainEqual(
    expect.objectContaining({ level: 'warn', message: expect.stringContaining('waits for others') }),
  );
});
