import { afterEach, describe, expect, test, vi } from 'vitest';
import { door } from '../fixtures/scripted/door.js';
import { openScripted, script } from '../fixtures/scripted/open-scripted.js';
import { until } from '../support/until.js';

afterEach(() => void vi.restoreAllMocks());

describe('stopping', () => {
  test('after a drain, which waits for slices however long they take and begins nothing more, has nothing to cut', async () => {
    await using scripted = await openScripted({ limit: 1, graceMs: 50 });
    const slow = door();
    script.slice = async (service, job) => {
      await slow.pass(job.number);
      service.advance(job.offset + 1, 2);
      return true;
    };
    const [first, second] = [await scripted.push(), await scripted.push()];
    await scripted.app.start();
    await until('the slice', () => slow.waiting.size === 1);
    const drained = scripted.app.drain();
    // Longer than the grace time.
    await new Promise((resolve) => setTimeout(resolve, 200));
    slow.open();
    await drained;
    expect(await scripted.app.stop()).toBe(true);
    expect(await scripted.row(first)).toMatchObject({ status: 'in_progress', progress: 50, lease_owner: null });
    expect(await scripted.row(second)).toMatchObject({ status: 'new' });
  });

  test('cuts a drain short', async () => {
    await using scripted = await openScripted({ graceMs: 20 });
    let isBegun = false;
    script.slice = () => {
      isBegun = true;
      return new Promise(() => undefined);
    };
    await scripted.push();
    await scripted.app.start();
    // Claimed is not begun: a drain in between gives the job back, and nothing is to be cut.
    await until('the slice', () => isBegun);
    const drained = scripted.app.drain();
    expect(await scripted.app.stop()).toBe(false);
    await drained;
  });

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
    expect(scripted.logged.filter(({ message }) => message.includes('did not heed its signal'))).toHaveLength(1);
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

  test('does not wait for a slice or a write that never ends, and frees the database of it', async () => {
    await using scripted = await openScripted({ graceMs: 100 });
    const [stuck, stuckInWrite] = [await scripted.push(), await scripted.push('other')];
    let begun = 0;
    script.slice = async (service, job, context) => {
      begun++;
      const never = new Promise<never>(() => undefined);
      if (job.number === stuck) return never;
      context.write(() => never);
      service.setOffset(1);
      return true;
    };
    await scripted.app.start();
    await until('both', () => begun === 2);
    const stoppedAt = performance.now();
    expect(await scripted.app.stop()).toBe(false);
    expect(performance.now() - stoppedAt).toBeLessThan(100 + 500 + 500 + 300);
    for (const number of [stuck, stuckInWrite]) {
      expect(await scripted.row(number)).toMatchObject({ lease_owner: null, status: 'in_progress', slice_seq: 0 });
    }
  });

  test('a start while it stops works once it has stopped, and a stop after that start is the last word', async () => {
    await using scripted = await openScripted();
    await scripted.app.start();
    const stopped = scripted.app.stop();
    await scripted.app.start();
    await stopped;
    expect(await scripted.manager.wait(await scripted.push(), { timeout: 5000 })).toMatchObject({ status: 'success' });
    void scripted.app.stop();
    void scripted.app.start();
    await scripted.app.stop();
    const late = await scripted.push();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await scripted.job(late)).toMatchObject({ status: 'new' });
  });

  test.each(['a tick', 'the loop'])('gives back what %s claims meanwhile, without beginning it', async (which) => {
    await using scripted = await openScripted();
    let slices = 0;
    script.run = () => {
      slices++;
    };
    const store = scripted.app.container.get('jobStore');
    const claim = store.claim.bind(store);
    const { open, pass, waiting } = door();
    store.claim = async (request) => {
      const claimed = await claim(request);
      await pass(1);
      return claimed;
    };
    const number = await scripted.push('scripted_run');
    const ticked = which === 'a tick' ? scripted.loop.tick() : scripted.app.start();
    await until('the claim', () => waiting.size === 1);
    const stopped = scripted.app.stop();
    open();
    expect(await stopped).toBe(true);
    await ticked;
    expect(slices).toBe(0);
    expect(await scripted.row(number)).toMatchObject({ status: 'in_progress', lease_owner: null });
  });
});

test('a cancelled slice that does not heed it keeps its place no longer than the grace time', async () => {
  await using scripted = await openScripted({ limit: 1, graceMs: 200 });
  const stuck = await scripted.push();
  let isStuck = false;
  script.slice = (service, job) => {
    if (job.number !== stuck) {
      service.setStatus('success');
      return true;
    }
    isStuck = true;
    return new Promise(() => undefined);
  };
  await scripted.app.start();
  await until('the slice', () => isStuck);
  await scripted.manager.cancel(stuck);
  const cancelledAt = performance.now();
  await scripted.manager.wait(await scripted.push(), { timeout: 5000 });
  expect(performance.now() - cancelledAt).toBeLessThan(200 + 50 + 500);
  expect(await scripted.job(stuck)).toMatchObject({ status: 'cancelled' });
});

test('the place of a slice that was cut is free although nobody can tell whether others wait', async () => {
  await using scripted = await openScripted({ limit: 1, graceMs: 100, sliceMs: 50 });
  const someDue = vi.spyOn(scripted.app.container.get('jobStore'), 'someDue');
  someDue.mockImplementation(() => new Promise(() => undefined));
  const stuck = await scripted.push();
  let isStuck = false;
  script.slice = (service, job) => {
    service.setStatus('success');
    if (job.number !== stuck) return true;
    isStuck = true;
    return new Promise(() => undefined);
  };
  await scripted.app.start();
  await until('the slice', () => isStuck);
  await scripted.manager.cancel(stuck);
  await scripted.manager.wait(await scripted.push(), { timeout: 3000 });
});

test('a tick that begins while the loop stops claims nothing', async () => {
  await using scripted = await openScripted({ graceMs: 500 });
  const { waiting, pass, open } = door();
  script.slice = async (_service, job) => {
    await pass(job.number);
    return false;
  };
  await scripted.push('other');
  await scripted.app.start();
  await until('the slice', () => waiting.size === 1);
  const stopped = scripted.app.stop();
  const number = await scripted.push();
  expect(await scripted.loop.tick()).toBe(0);
  open();
  await stopped;
  expect(await scripted.job(number)).toMatchObject({ status: 'new', attempt: 0 });
});

test('a look that fails after its loop was stopped and begun anew does not keep the new one from hearing pushes', async () => {
  await using scripted = await openScripted({ graceMs: 0, intervalMs: 60_000 });
  const store = scripted.app.container.get('jobStore');
  let fail = (): void => undefined;
  vi.spyOn(store, 'claim').mockImplementationOnce(
    () =>
      new Promise((_, reject) => {
        fail = () => reject(new Error('gone away'));
      }),
  );
  await scripted.app.start();
  expect(await scripted.app.stop(), 'no slice was cut').toBe(true);
  await scripted.app.start();
  fail();
  await until('the failure', () => scripted.logged.some(({ message }) => message.includes('could not look')));
  expect(await scripted.manager.wait(await scripted.push(), { timeout: 1500 })).toMatchObject({ status: 'success' });
});

test('an application that is closed, or being closed, is not begun again', async () => {
  const scripted = await openScripted();
  await scripted.app.start();
  const closing = scripted.app[Symbol.asyncDispose]();
  await expect(scripted.app.start()).rejects.toThrow('has been closed');
  await closing;
  expect(await scripted.app.stop()).toBe(true);
  await scripted[Symbol.asyncDispose]();
});

test('a service that fails at its end does not keep the database open', async () => {
  const scripted = await openScripted();
  vi.spyOn(scripted.app.container, 'close').mockRejectedValueOnce(new Error('The printer would not let go.'));
  await expect(scripted.app[Symbol.asyncDispose]()).rejects.toThrow('would not let go');
  await expect(scripted.knex.raw('SELECT 1')).rejects.toThrow();
});

test('a pass by hand that ends while another still claims leaves that one its beat', async () => {
  await using scripted = await openScripted({ limit: 1, beatMs: 20 });
  const store = scripted.app.container.get('jobStore');
  const claim = store.claim.bind(store);
  const first = door();
  vi.spyOn(store, 'claim').mockImplementationOnce(async (request) => {
    const claimed = await claim(request);
    await first.pass(1);
    return claimed;
  });
  const beats = vi.spyOn(store, 'beat');
  const slice = door();
  script.slice = async (service, job) => {
    await slice.pass(job.number);
    service.setStatus('success');
    return true;
  };
  const number = await scripted.push();
  const ticked = scripted.loop.tick();
  await until('the claim', () => first.waiting.size === 1);
  expect(await scripted.loop.tick()).toBe(0);
  first.open();
  await until('the slice', () => slice.waiting.size === 1);
  await until('a beat', () => beats.mock.calls.length > 0);
  slice.open();
  await ticked;
  expect(await scripted.job(number)).toMatchObject({ status: 'success' });
});
