import { fileURLToPath } from 'node:url';
import { JobNotFoundError } from 'progress-manager';
import { expect, test } from 'vitest';
import { openScripted, script } from '../fixtures/scripted/open-scripted.js';

/** What went wrong in the system that this one mimics, and must not here. */

test('an apostrophe, or SQL, in a name or in data breaks no statement and holds up no other job', async () => {
  await using scripted = await openScripted();
  const nasty = `'); UPDATE progress_manager SET status = 'error'; -- \\' " %s`;
  script.slice = (service, job) => {
    service.setData({ ...(job.data as object), seen: nasty });
    service.setMessage(nasty);
    service.setResult({ [nasty]: nasty });
    service.advance(job.offset + 1, 2);
    return true;
  };
  const number = await scripted.push('scripted', {
    name: nasty,
    data: { nasty },
    userId: nasty.slice(0, 20),
    key: nasty,
  });
  const other = await scripted.push();
  while ((await scripted.loop.tick()) > 0);
  expect(await scripted.job(number)).toMatchObject({
    status: 'success',
    name: nasty,
    message: nasty,
    data: { nasty, seen: nasty },
    result: { [nasty]: nasty },
  });
  expect(await scripted.job(other)).toMatchObject({ status: 'success' });
});

test('a job whose service cannot be made is never carried by the service of the job before it', async () => {
  await using scripted = await openScripted({ limit: 2 });
  const carried: string[] = [];
  script.construct = () => {
    throw new Error('no such service');
  };
  script.slice = (service, job) => {
    carried.push(`${job.type} by ${service.constructor.name}`);
    service.setStatus('success');
    return true;
  };
  const before = await scripted.push('scripted');
  // Directly into the table: a push would have made the service once, to prepare the data.
  const broken = await scripted.push('other');
  await scripted.change(broken, { type: 'fragile' });
  const after = await scripted.push('other');
  while ((await scripted.loop.tick()) > 0);
  expect(carried.sort()).toEqual(['other by ScriptedProgressManager', 'scripted by ScriptedProgressManager']);
  const errors = await Promise.all(
    [before, broken, after].map(async (number) => (await scripted.job(number)).error?.message),
  );
  expect(errors).toEqual([undefined, 'no such service', undefined]);
});

test('the end of a job is told exactly once, however it ends', async () => {
  await using scripted = await openScripted();
  const told: string[] = [];
  scripted.app.container.get('jobEvents').on('ended', (id) => told.push(id));
  script.slice = async (service, { name, id }) => {
    if (name === 'throws') throw new Error('on purpose');
    if (name === 'cancels') await scripted.manager.cancel(id);
    service.setStatus(name === 'fails' ? 'error' : 'success');
    return true;
  };
  const names = ['ends', 'fails', 'throws', 'cancels'];
  const ids = await Promise.all(names.map(async (name) => (await scripted.manager.push(name, 'scripted')).id));
  while ((await scripted.loop.tick()) > 0);
  expect(told.sort()).toEqual(ids.sort());
});

test('two passes that overlap never work on one job at once', async () => {
  await using scripted = await openScripted({ limit: 10 });
  let most = 0;
  const running = new Map<number, number>();
  script.slice = async (service, job) => {
    running.set(job.number, (running.get(job.number) ?? 0) + 1);
    most = Math.max(most, ...running.values());
    await new Promise((resolve) => setTimeout(resolve, 2));
    running.set(job.number, (running.get(job.number) ?? 0) - 1);
    service.advance(job.offset + 1, 5);
    return true;
  };
  const jobs = await Promise.all(Array.from({ length: 5 }, () => scripted.push()));
  await scripted.app.start();
  const ended = scripted.manager.wait(jobs, { timeout: 4000 });
  for (let tick = 0; tick < 20; tick++) await scripted.loop.tick();
  await ended;
  expect(most).toBe(1);
  const rows = await Promise.all(jobs.map(scripted.row));
  expect(
    rows.map(({ slice_seq }) => slice_seq),
    'slices of each',
  ).toEqual([5, 5, 5, 5, 5]);
});

test('a job that has ended is not begun again, whatever looks at it', async () => {
  await using scripted = await openScripted();
  const number = await scripted.push('scripted_run');
  await scripted.loop.tick();
  const ended = await scripted.row(number);
  await scripted.manager.find();
  await scripted.manager.get(number);
  await scripted.manager.wait(number);
  expect(await scripted.loop.tick()).toBe(0);
  expect(await scripted.row(number)).toEqual(ended);
});

test('an older job is carried before a newer one, and long ones do not hold up the new', async () => {
  await using scripted = await openScripted({ limit: 1 });
  const order: string[] = [];
  script.slice = (service, job) => {
    order.push(job.name);
    service.advance(job.offset + 1, 3);
    return true;
  };
  for (const name of ['a', 'b', 'c']) await scripted.push('scripted', { name });
  while ((await scripted.loop.tick()) > 0);
  expect(order.slice(0, 3).join('')).toBe('abc');
  expect(order.join('')).toBe('abcabcabc');
});

test('a TypeError in one job ends that job, not the pass, and it does not come first again', async () => {
  await using scripted = await openScripted();
  script.slice = (service, { name }) => {
    if (name === 'poison') (undefined as unknown as { boom(): void }).boom();
    service.setStatus('success');
    return true;
  };
  const poison = await scripted.push('scripted', { name: 'poison' });
  const sound = await scripted.push();
  expect(await scripted.loop.tick()).toBe(2);
  expect(await scripted.job(poison)).toMatchObject({
    status: 'error',
    error: { message: expect.stringMatching(/boom/) },
  });
  expect(await scripted.job(sound)).toMatchObject({ status: 'success' });
  expect(await scripted.loop.tick()).toBe(0);
});

test('"not now", and a status that never moves, leave a trace and are not tried over and over', async () => {
  await using scripted = await openScripted();
  script.slice = (_service, { name }) => name !== 'refuses';
  const jobs = [
    await scripted.push('scripted', { name: 'refuses' }),
    await scripted.push('scripted', { name: 'stays new' }),
  ];
  expect([await scripted.loop.tick(), await scripted.loop.tick()]).toEqual([2, 0]);
  for (const number of jobs) expect(await scripted.row(number)).toMatchObject({ refusals: 1, status: 'in_progress' });
});

test("a job that is not there, or is somebody else's, cannot be ended, and a running slice hears of a cancel", async () => {
  await using scripted = await openScripted();
  const number = await scripted.push('scripted', { userId: 'ann' });
  for (const ref of [4711, '0193a2b4-7c1d-7e2f-8a3b-4c5d6e7f8091'])
    await expect(scripted.manager.cancel(ref)).rejects.toBeInstanceOf(JobNotFoundError);
  await expect(scripted.manager.cancel(number, { user: { id: 'ben', isAdmin: false } })).rejects.toBeInstanceOf(
    JobNotFoundError,
  );
  let heard: string | undefined;
  script.slice = async (_service, _job, { signal }) => {
    signal.addEventListener('abort', () => {
      heard = (signal.reason as { because?: string }).because;
    });
    await scripted.manager.cancel(number, { user: { id: 'ann', isAdmin: false } });
    return true;
  };
  await scripted.loop.tick();
  expect(heard).toBe('cancelled');
});

test('an offset that misses the total still ends the job', async () => {
  await using scripted = await openScripted();
  script.slice = (service) => {
    service.advance(12, 10);
    return true;
  };
  expect(await scripted.carried(await scripted.push())).toMatchObject({ status: 'success', progress: 100 });
});

test('a file that is gone is an error, not a job that tries for ever', async () => {
  await using scripted = await openScripted();
  const { id } = await scripted.manager.upload(
    'places.csv',
    (async function* () {
      yield Buffer.from('a');
    })(),
  );
  const number = await scripted.push('scripted', { files: [id] });
  await scripted.app.container.get('knex')('progress_upload').del();
  const { rm } = await import('node:fs/promises');
  await rm(`${scripted.filesDir}/uploads/${id}`);
  script.slice = async (_service, _job, { files }) => {
    await files.read(files.inputs[0] as never, 0, 1);
    return true;
  };
  expect(await scripted.carried(number)).toMatchObject({
    status: 'error',
    error: { message: 'There is no file "places.csv".' },
  });
});

test('a job whose worker died goes on from its last recorded slice, without anybody rescuing it', async () => {
  await using scripted = await openScripted();
  const number = await scripted.push();
  await scripted.loop.tick();
  const died = { lease_owner: 'elsewhere:1/00', lease_version: 9, due_at: '2000-01-01 00:00:00.000' };
  await scripted.change(number, { ...died, progress: 70 });
  expect(await scripted.carried(number)).toMatchObject({ status: 'in_progress', offset: 2, progress: 70, attempt: 1 });
  expect(await scripted.carried(number)).toMatchObject({ status: 'success', offset: 3 });
});

test('a key that two modules declare is a start-up error unless the later says that it overrides', async () => {
  const root = fileURLToPath(new URL('../fixtures/broken/two-owners-of-a-core-action', import.meta.url));
  await expect(openScripted({ root })).rejects.toThrow(/cancel.*override/s);
});
