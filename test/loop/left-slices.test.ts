import { expect, test } from 'vitest';
import { openScripted, script } from '../fixtures/scripted/open-scripted.js';
import { until } from '../support/until.js';

const LEFT = /left to itself/;
const saidOf = (logged: readonly { readonly message: string }[]) =>
  logged.map(({ message }) => message).filter((message) => LEFT.test(message));

test('slices that do not heed their stop are counted while they go on, and hold up nobody', async () => {
  await using scripted = await openScripted({ graceMs: 50, limit: 2 });
  const release: (() => void)[] = [];
  script.slice = (service, job) => {
    service.setStatus('success');
    if (job.type === 'scripted') return true;
    return new Promise((resolve) => release.push(() => resolve(true)));
  };
  let isWornOut = false;
  const wornOut = scripted.app.untilWornOut().then(() => {
    isWornOut = true;
  });
  const stuck = [await scripted.push('brief')];
  await scripted.app.start();
  await until('the cut of the first', async () => (await scripted.job(stuck[0] as number)).status === 'error');
  expect(isWornOut).toBe(false);
  stuck.push(await scripted.push('brief'));
  await wornOut;
  const others = await Promise.all([scripted.push(), scripted.push(), scripted.push()]);
  await scripted.manager.wait(others, { timeout: 10_000 });
  const counted = (count: number) =>
    until(`${count} of them to be shown`, async () =>
      (await scripted.manager.workers()).some(({ leftSlices }) => leftSlices === count),
    );
  await counted(2);
  release[0]?.();
  await counted(1);
  expect(saidOf(scripted.logged)).toEqual([
    'a slice goes on although it was told to stop; it is left to itself',
    'a slice goes on although it was told to stop; it is left to itself',
    'a slice that was left to itself has ended',
  ]);
});

test('one that goes on after its timer threw is counted; one that ends by itself is not', async () => {
  await using scripted = await openScripted({ limit: 1 });
  script.slice = () =>
    new Promise(() => {
      setTimeout(() => scripted.app.strayError(new Error('in a timer')), 1);
    });
  const stray = await scripted.carried(await scripted.push());
  expect(stray).toMatchObject({ status: 'error', error: { message: 'in a timer' } });
  await scripted.app.untilWornOut();
  script.slice = () => Promise.reject(new Error('by itself'));
  expect(await scripted.carried(await scripted.push())).toMatchObject({ error: { message: 'by itself' } });
  expect(saidOf(scripted.logged)).toHaveLength(1);
});
