import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, test } from 'vitest';
import { nextSlice, outcomeSetup } from './outcome-setup.js';

/** Slices that give back no promise: nothing comes between their beginning and what is read of them. */
describe('slices that are over at once', () => {
  const { open } = outcomeSetup(() => ({}));

  test('what one puts into its asynchronous context is seen by no other, nor by its own next', async () => {
    const scripted = await open();
    const user = new AsyncLocalStorage<number>();
    const seen: unknown[] = [];
    nextSlice((service) => {
      seen.push(user.getStore());
      user.enterWith(seen.length);
      service.setProgress(seen.length);
      if (seen.length === 3) service.setStatus('success');
    });
    await scripted.loop.carry(await scripted.push());
    expect(seen).toEqual([undefined, undefined, undefined]);
    expect(user.getStore()).toBeUndefined();
  });

  test('what they leave behind is too late for their getters', async () => {
    const scripted = await open();
    nextSlice((service) => {
      service.setProgress(10);
      void Promise.resolve().then(() => service.setStatus('success'));
    });
    const number = await scripted.push();
    await scripted.loop.tick();
    expect(await scripted.job(number)).toMatchObject({ status: 'in_progress', progress: 10 });
  });
});
