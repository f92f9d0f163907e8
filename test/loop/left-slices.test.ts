import { expect, test } from 'vitest';
import { LeftSlices } from '../../core/loop/left-slices.js';
import type { RunningJob } from '../../core/loop/running-job.js';
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
  const first = await scripted.push('brief');
  await scripted.app.start();
  await until('the cut of the first', async () => (await scripted.job(first)).status === 'error');
  await scripted.push('brief');
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

test('late ends are no reason to replace a process: only those count that still go on', async () => {
  const job = { number: 1, claimed: { job: { type: 'copy' } } } as RunningJob;
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const left = new LeftSlices(logger, 2, 100);
  const isWornOut = (withinMs: number) =>
    Promise.race([left.areMany.then(() => true), new Promise((resolve) => setTimeout(resolve, withinMs, false))]);
  left.add(job, new Promise((resolve) => setTimeout(resolve, 50)));
  left.add(job, new Promise(() => undefined));
  expect(await isWornOut(200)).toBe(false);
  expect(left.size).toBe(1);
  left.add(job, new Promise(() => undefined));
  expect(await isWornOut(5000)).toBe(true);
});

test('one that goes on after its timer threw is counted; one that ends by itself is not', async () => {
  await using scripted = await openScripted({ limit: 1 });
  script.slice = () =>
    new Promise(() => {
      setTimeout(() => scripted.app.strayError(new Error('in a timer')), 1);
    });
  const stray = await scripted.carried(await scripted.push());
  expect(stray).toMatchObject({ status: 'error', error: { message: 'in a timer' } });
  script.slice = () => Promise.reject(new Error('by itself'));
  expect(await scripted.carried(await scripted.push())).toMatchObject({ error: { message: 'by itself' } });
  expect(saidOf(scripted.logged)).toHaveLength(1);
});
