import { bootForTests } from 'progress-manager/testing';
import { expect, test } from 'vitest';
import config from '../configs/progress-manager.js';

test('a job that a schedule pushed names it, and is found by it', async () => {
  const quick = { type: { 'Test.quick': { run: () => undefined } } };
  const schedule = { nightly: { cron: '0 3 * * *', type: 'Test.quick', data: () => [1] } };
  await using kit = await bootForTests({
    modules: { 'background-jobs': config, test: { ...quick, schedule } },
    startAt: '2026-01-01T00:00:00Z',
  });
  const backgroundJobs = kit.app.container.get('backgroundJobs');
  await backgroundJobs.execute('Test.quick');
  kit.clock.advanceTo('2026-01-01T03:00:00Z');
  const [pushed] = await kit.pushScheduled();
  const [job] = await backgroundJobs.getBackgroundJobs({ ScheduledJob: 'nightly' });
  expect(job).toMatchObject({ UUID: pushed?.id, ScheduledJob: 'nightly', РегламентноеЗадание: 'nightly' });
  const others = await backgroundJobs.getBackgroundJobs({ РегламентноеЗадание: undefined });
  expect(others).toMatchObject([{ MethodName: 'Test.quick', ScheduledJob: undefined }]);
  expect(await backgroundJobs.getBackgroundJobs({ ScheduledJob: 'weekly' })).toEqual([]);
});
