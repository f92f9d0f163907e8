import { describe, expect, test } from 'vitest';
import { door } from '../fixtures/scripted/door.js';
import { openScripted, script } from '../fixtures/scripted/open-scripted.js';
import { until } from '../support/until.js';

describe('stopping', () => {
  test('lets slices end, gives every lease back, and claims nothing more', async () => {
    await using scripted = await openScripted({ limit: 2 });
    const jobs = await Promise.all(Array.from({ length: 4 }, () => scripted.push()));
    script.slice = async (service, job) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      service.setOffset(job.offset + 1);
      return true;
    };
    await scripted.app.start();
    await until('work', async () => (await scripted.manager.find({ status: ['in_progress'] })).total >= 2);
    expect(await scripted.app.stop()).toBe(true);
    const rows = await Promise.all(jobs.map(scripted.row));
    expect(rows.filter(({ lease_owner }) => lease_owner !== null)).toEqual([]);
    await scripted.loop.tick();
    expect((await Promise.all(jobs.map(scripted.row))).map(({ crash_count }) => crash_count)).toEqual([0, 0, 0, 0]);
  });

  test('cuts slices that do not heed it, in time; what they still do is refused, and the loop can be started again', async () => {
    await using scripted = await openScripted({ graceMs: 100 });
    const { waiting, open, pass } = door();
    const number = await scripted.push();
    script.slice = async (service, job) => {
      await pass(job.number);
      service.setProgress(66);
      return true;
    };
    await scripted.app.start();
    await until('the slice', () => waiting.size === 1);
    const stoppedAt = performance.now();
    expect(await scripted.app.stop()).toBe(false);
    expect(performance.now() - stoppedAt).toBeLessThan(100 + 500 + 500);
    expect(await scripted.row(number)).toMatchObject({ lease_owner: null, crash_count: 0, status: 'in_progress' });

    let isAborted = false;
    const second = door();
    script.slice = async (_service, job, { signal }) => {
      signal.addEventListener('abort', () => {
        isAborted = true;
      });
      await second.pass(job.number);
    };
    await scripted.app.start();
    await until('the second slice', () => second.waiting.size === 1);
    open();
    await until('the refusal', () => scripted.logged.some(({ message }) => message.startsWith('a slice was dropped')));
    expect(await scripted.job(number)).toMatchObject({ progress: 0, status: 'in_progress' });
    // The end of the old slice must not make the process forget the new one.
    await scripted.manager.cancel(number);
    expect(isAborted).toBe(true);
    second.open();
  });

  test('a wait that is under way ends with the application, and no timer is left behind', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
    const before = timers();
    const scripted = await openScripted();
    await scripted.app.start();
    const number = await scripted.push('scripted', { runAt: '2999-01-01T00:00:00Z' });
    const waits = scripted.manager.wait(number, { timeout: 60_000 });
    const refused = expect(waits).rejects.toThrow(/application was stopped/);
    await scripted[Symbol.asyncDispose]();
    await refused;
    expect(timers()).toBeLessThanOrEqual(before);
  });
});
