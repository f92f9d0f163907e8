import { bootForTests } from 'progress-manager/testing';
import { expect, test } from 'vitest';
import { bootForTests as bootOnItsOwnClock } from '../support/boot-for-tests.js';

test("now() is the database's time, which a test sets", async () => {
  await using kit = await bootForTests({ modules: {}, startAt: '2030-01-02T03:04:05.678Z' });
  expect((await kit.progressManager.now()).toISOString()).toBe('2030-01-02T03:04:05.678Z');
  kit.clock.advance(1000);
  expect((await kit.progressManager.now()).toISOString()).toBe('2030-01-02T03:04:06.678Z');
});

test('now() is the time that jobs bear', async () => {
  await using own = await bootOnItsOwnClock();
  const manager = own.app.container.get('progressManager');
  const before = await manager.now();
  const { id } = await manager.push('A job', 'scripted');
  const { createdAt } = (await manager.get(id)) ?? { createdAt: '' };
  expect(createdAt >= before.toISOString()).toBe(true);
  expect(createdAt <= (await manager.now()).toISOString()).toBe(true);
});
