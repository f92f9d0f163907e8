import { expect, test } from 'vitest';
import { randomOf, seedOfRun } from './random.js';
import { report } from './report.js';
import { pushSameKeys } from './same-keys.js';
import { openScene } from './scene.js';
import { faults } from './times.js';

const PUSHES = faults(10_000);

test(`${PUSHES} pushes with 200 keys from four cores: never two unfinished jobs of one key, and an answer to each push`, async () => {
  const random = randomOf(seedOfRun('keys'));
  await using scene = await openScene({ fixture: 'races' });
  const pushing = { pushes: PUSHES, keys: 200, random, boots: 4, callersOfBoot: 13 };
  const found = await pushSameKeys(scene, pushing);
  const { created, joined, busy, neither, wrongJob, liveTwice, looks, lives, overlaps } = found;
  await report('Pushes with the same keys', scene.app, {
    ...{ planned: PUSHES, injected: PUSHES, effective: joined + busy },
    never: {
      'pushes with neither an id nor a KeyBusyError': { found: neither.length, of: PUSHES },
      'lives of one key that overlap in the ledger': { found: overlaps, of: lives },
      'keys with two unfinished rows': { found: liveTwice, of: looks },
    },
    also: `${created} created, ${joined} joined, ${busy} refused`,
  });
  expect(neither.slice(0, 5)).toEqual([]);
  expect({ wrongJob, liveTwice, overlaps }).toEqual({ wrongJob: 0, liveTwice: 0, overlaps: 0 });
  expect(created + joined + busy).toBe(PUSHES);
  // All three ways were gone, and every job was seen by the ledger.
  expect(Math.min(created, joined, busy)).toBeGreaterThan(PUSHES / 20);
  expect(lives).toBe(created);
});

test('without its unique index the same load shows two jobs of one key: the oracle sees what it should', async () => {
  const random = randomOf(seedOfRun('keys without their index'));
  await using scene = await openScene({ fixture: 'races' });
  await scene.app.container.get('knex').raw('ALTER TABLE progress_manager DROP INDEX uq_active');
  const found = await pushSameKeys(scene, { pushes: 1500, keys: 10, random, boots: 2, callersOfBoot: 12 });
  expect(found.overlaps).toBeGreaterThan(10);
  expect(found.liveTwice).toBeGreaterThan(0);
});
