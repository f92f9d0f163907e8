import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Tables } from 'progress-manager';
import { bootForTests, killAfter } from 'progress-manager/testing';

/** The folder that holds "modules". */
const root = new URL('../../..', import.meta.url);
const tables: Tables = {
  place: { id: 'id', columns: { name: { kind: 'text' }, lat: { kind: 'number' } }, export: 'users' },
};

async function boot(t: TestContext, rows: number) {
  const kit = await bootForTests({ root, tables });
  t.after(() => kit.close());
  const places = Array.from({ length: rows }, (_, index) => ({ name: `Place ${index + 1}`, lat: 1, lng: 2 }));
  await kit.knex.batchInsert('place', places, 500);
  return kit;
}

test('every row is a line of the file, behind a header', async (t) => {
  const kit = await boot(t, 2);
  const { job, files } = await kit.runJob('export', { table: 'place' });
  assert.deepEqual(job.result, { exported: 2 });
  assert.equal(files['place.csv'], '"name","lat"\r\n"Place 1",1\r\n"Place 2",1\r\n');
});

test('a worker that dies in the second of three slices costs no row and doubles none', async (t) => {
  const kit = await boot(t, 10_001);
  const { job, files, slices } = await kit.runJob('export', { table: 'place' }, { kill: killAfter(1) });
  assert.deepEqual([job.status, slices.length], ['success', 3]);
  const lines = (files['place.csv'] ?? '').trimEnd().split('\r\n').slice(1);
  assert.equal(new Set(lines).size, 10_001);
  assert.equal(lines.length, 10_001);
});
