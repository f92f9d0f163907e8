import { EventEmitter } from 'node:events';
import type { App } from 'progress-manager';
import { describe, expect, test } from 'vitest';
import { door } from '../fixtures/scripted/door.js';
import { openScripted, script } from '../fixtures/scripted/open-scripted.js';

describe('errors that are thrown outside every call', () => {
  /** As `bin` wires it. The test runner's own listeners would end the run. */
  function wire(app: App): Disposable {
    const events = ['uncaughtException', 'unhandledRejection'] as const;
    const listener = (error: unknown) => app.strayError(error);
    const own = events.map((event) => [event, process.rawListeners(event)] as const);
    for (const event of events) process.removeAllListeners(event).on(event, listener);
    return {
      [Symbol.dispose]: () => {
        for (const [event, listeners] of own) {
          process.removeAllListeners(event);
          for (const known of listeners) process.on(event, known as () => void);
        }
      },
    };
  }

  test('of a write callback end its job too', async () => {
    await using scripted = await openScripted();
    using _wired = wire(scripted.app);
    script.slice = async (service, _job, context) => {
      context.write(() => {
        setTimeout(() => {
          throw new Error('stray');
        }, 1);
        return new Promise((resolve) => setTimeout(resolve, 100));
      });
      service.setStatus('success');
      return true;
    };
    const number = await scripted.push();
    expect(await scripted.carried(number)).toMatchObject({ status: 'error', error: { message: 'stray' } });
    expect(scripted.logged).toContainEqual(
      expect.objectContaining({ fields: expect.objectContaining({ ofASlice: true }) }),
    );
  });

  const ways: [string, () => void][] = [
    [
      'in a timer',
      () =>
        void setTimeout(() => {
          throw new Error('stray');
        }, 1),
    ],
    [
      'by a forgotten promise',
      () =>
        void Promise.resolve().then(() => {
          throw new Error('stray');
        }),
    ],
    [
      'as an unhandled error event',
      () => void setImmediate(() => new EventEmitter().emit('error', new Error('stray'))),
    ],
  ];
  test.each(ways)('%s end their own job in error, and nothing else', async (_, goAstray) => {
    await using scripted = await openScripted();
    using _wired = wire(scripted.app);
    const { open, pass } = door();
    script.slice = async (service, job) => {
      if (job.name === 'astray') goAstray();
      await pass(job.number);
      service.setStatus('success');
      return true;
    };
    const [astray, sound] = [await scripted.push('scripted', { name: 'astray' }), await scripted.push()];
    await scripted.app.start();
    expect(await scripted.manager.wait(astray, { timeout: 5000 })).toMatchObject({
      status: 'error',
      error: { code: 'failed', message: 'stray' },
    });
    open();
    expect(await scripted.manager.wait(sound, { timeout: 5000 })).toMatchObject({ status: 'success' });
    expect(scripted.logged).toContainEqual(
      expect.objectContaining({ level: 'error', fields: { error: 'stray', ofASlice: true } }),
    );
  });
});
