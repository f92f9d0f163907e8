import { describe, expect, test } from 'vitest';
import { aborted, openScripted, script } from '../fixtures/scripted/open-scripted.js';

describe('a slice that runs longer than its type allows', () => {
  test('is told so, and ends its job in error, with what was recorded before', async () => {
    await using scripted = await openScripted();
    const number = await scripted.push('brief');
    await scripted.carried(number);
    script.slice = async (_service, _job, { signal }) => {
      await aborted(signal);
      throw signal.reason;
    };
    expect(await scripted.carried(number)).toMatchObject({
      ...{ status: 'error', offset: 1 },
      error: { code: 'too_long', message: 'The slice ran longer than the 100 ms that its type allows (maxSliceMs).' },
    });
  });

  test('is recorded when it comes to its end all the same', async () => {
    await using scripted = await openScripted();
    const number = await scripted.push('brief');
    script.slice = async (service, _job, { signal }) => {
      await aborted(signal);
      service.advance(1, 2);
      return true;
    };
    expect(await scripted.carried(number)).toMatchObject({ status: 'in_progress', offset: 1, worker: undefined });
    script.slice = (service) => {
      service.advance(2, 2);
      return true;
    };
    expect(await scripted.carried(number)).toMatchObject({ status: 'success' });
  });

  test('is cut when it does not heed its signal, and its place is free', async () => {
    await using scripted = await openScripted({ graceMs: 100 });
    const number = await scripted.push('brief');
    script.slice = () => new Promise(() => undefined);
    const at = performance.now();
    expect(await scripted.carried(number)).toMatchObject({ status: 'error', error: { code: 'too_long' } });
    expect(performance.now() - at).toBeLessThan(100 + 100 + 1000);
  });

  test('is cut in its write callback too', async () => {
    await using scripted = await openScripted({ graceMs: 100 });
    const number = await scripted.push('brief');
    script.slice = async (service, _job, context) => {
      context.write(() => new Promise(() => undefined));
      service.advance(1, 1);
      return true;
    };
    expect(await scripted.carried(number)).toMatchObject({
      ...{ status: 'error', offset: 0, error: { code: 'too_long' } },
    });
  });

  test('is tried again where its type says so', async () => {
    await using scripted = await openScripted({ graceMs: 100 });
    const number = await scripted.push('brief_stubborn');
    script.slice = () => new Promise(() => undefined);
    const tried = await scripted.carried(number);
    expect(tried).toMatchObject({ status: 'in_progress', attempt: 2, worker: undefined, error: { code: 'too_long' } });
    await scripted.change(number, { due_at: tried.createdAt.replace('T', ' ').replace('Z', '') });
    expect(await scripted.carried(number)).toMatchObject({ status: 'error', error: { code: 'too_long' } });
  });

  test('is not one that took long over its start: each slice has the whole time', async () => {
    await using scripted = await openScripted();
    const number = await scripted.push('brief');
    script.slice = async (service, job) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      service.advance(job.offset + 1, 4);
      return true;
    };
    await scripted.app.start();
    expect(await scripted.manager.wait(number, { timeout: 5000 })).toMatchObject({ status: 'success' });
  });
});
