import { expect, test } from 'vitest';
import { gated, openJobs } from './open-jobs.js';

const ann = { id: 'ann', isAdmin: false };
const ben = { id: 'ben', isAdmin: false };

test("a user's job is theirs: its procedure runs as them, and they see no others", async () => {
  const users: unknown[] = [];
  await using test = await openJobs({ 'Test.who': { run: (_job, { user }) => void users.push(user) } });
  const { backgroundJobs } = test;
  const job = await backgroundJobs.as(ann).execute('Test.who', [], 'K');
  await job.waitForCompletion(10);
  await (await backgroundJobs.execute('Test.who')).waitForCompletion(10);
  expect(users).toMatchObject([{ id: 'ann', isAdmin: false }, { id: '' }]);
  expect((await backgroundJobs.as(ann).getBackgroundJobs()).map(({ UUID }) => UUID)).toEqual([job.UUID]);
  expect(await backgroundJobs.as(ben).getBackgroundJobs()).toEqual([]);
  expect(await backgroundJobs.as({ id: 'root', isAdmin: true }).getBackgroundJobs()).toHaveLength(2);
  expect(await backgroundJobs.getBackgroundJobs()).toHaveLength(2);
});

test("another user's job looks like a missing one to every call", async () => {
  await using test = await openJobs({ 'Test.slow': { run: gated().run } });
  const bens = test.backgroundJobs.as(ben);
  const job = await test.backgroundJobs.as(ann).execute('Test.slow', [], 'K');
  const missing = { code: 'job_not_found', status: 404 };
  expect(await bens.findByUUID(job.UUID)).toBeUndefined();
  expect(await bens.getBackgroundJobs({ UUID: job.UUID })).toEqual([]);
  await expect(bens.refresh([job])).rejects.toMatchObject(missing);
  await expect(bens.waitForCompletion([job], 1)).rejects.toMatchObject(missing);
  await expect(bens.execute('Test.slow', [], 'K')).rejects.toMatchObject({ code: 'key_busy', jobId: undefined });
  expect((await job.refresh()).State).toBe('Active');
});

test('what a job gives acts for whoever asked for it', async () => {
  await using test = await openJobs({ 'Test.slow': { run: gated().run } });
  const users: unknown[] = [];
  const { progressManager, backgroundJobs } = test;
  const heard = <M extends 'cancel' | 'messages' | 'get' | 'wait' | 'find' | 'findVersions'>(method: M) => {
    const real = progressManager[method].bind(progressManager) as (...words: unknown[]) => never;
    progressManager[method] = ((...words: unknown[]) => {
      users.push((words.at(-1) as { user?: unknown }).user);
      return real(...words);
    }) as never;
  };
  for (const method of ['cancel', 'messages', 'get', 'wait', 'find', 'findVersions'] as const) heard(method);
  const job = await backgroundJobs.as(ann).execute('Test.slow');
  await job.getUserMessages(true);
  await job.waitForExecutionCompletion(0.01);
  await job.cancel();
  await job.waitForCompletion();
  const [listed] = await backgroundJobs.as(ann).getBackgroundJobs({ State: 'Canceled' });
  await listed?.refresh();
  expect(users.length).toBeGreaterThan(10);
  expect(users.every((user) => user === ann)).toBe(true);
});

test('whoever means a user and misses does not act for the application', async () => {
  await using test = await openJobs({ 'Test.slow': { run: gated().run } }, {}, false);
  const { backgroundJobs } = test;
  expect(() => backgroundJobs.as(undefined as never)).toThrow('user: must be { id, isAdmin }.');
  for (const nobody of [null, 'ann', {}, { id: 'ann' }, { id: '', isAdmin: false }]) {
    const asked = async () => backgroundJobs.as(nobody as never).getBackgroundJobs();
    await expect(asked()).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(async () => backgroundJobs.as(nobody as never).execute('Test.slow')).rejects.toMatchObject({
      code: 'invalid_input',
    });
  }
  expect(await backgroundJobs.getBackgroundJobs()).toEqual([]);
});
