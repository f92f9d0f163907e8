import { beforeEach, expect, test } from 'vitest';
import { resetScript } from '../fixtures/scripted/modules/scripted/services/script.js';
import { browsing } from './support/browsing.js';
import { eventually } from './support/eventually.js';
import { runningJob } from './support/running-job.js';
import { ANN } from './support/served-page.js';

const serve = browsing();
/** Nobody begins it before it is paused. */
const LATER = { userId: ANN.id, runAt: '2099-01-01T00:00:00Z' };

beforeEach(resetScript);

test('three places of a page are supplied by one question every 5 s, and by none once their jobs have ended', async () => {
  await using served = await serve();
  const running = await runningJob(served, 'Long walk');
  const number = (await served.manager.find()).list[0]?.number;
  const old = await served.manager.push('Stock of May', 'scripted_run', {}, { ...LATER, group: 'stock' });
  const paused = await served.manager.push('Stock of June', 'scripted_run', {}, { ...LATER, group: 'stock' });
  for (const { id } of [old, paused]) await served.manager.pause(id);
  const visit = await served.visit();
  const asked: number[] = [];
  visit.page.on('request', (request) => {
    if (new URL(request.url()).pathname === '/api/jobs/status') asked.push(performance.now());
  });
  await visit.page.evaluate(`document.body.innerHTML = '<table><tr><td><progress-status job="${number}"></progress-status></td>' +
    '<td><progress-status group="stock"></progress-status></td><td><progress-status job="999"></progress-status></td>' +
    '<td><progress-status job="${number}" statuses="paused error"></progress-status></td></tr></table>'`);
  const places = visit.page.locator('progress-status');
  await places.nth(0).getByText('In progress').waitFor();
  await places.nth(1).getByText('Paused').waitFor();
  expect(await places.nth(1).locator('.status').getAttribute('title')).toBe('Stock of June');
  expect(await places.nth(2).locator('.none').textContent()).toBe('–');
  expect(await places.nth(3).locator('.status').count()).toBe(0);
  expect(asked).toHaveLength(1);
  running.report(40);
  await places.nth(0).getByText('40').waitFor();
  await eventually(() => asked.length).toBeGreaterThanOrEqual(3);
  for (const [index, at] of asked.entries()) {
    if (index > 0) expect(at - (asked[index - 1] ?? 0)).toBeGreaterThan(4500); // 5000; timers take some, and give none
  }
  await served.manager.cancel(paused.id);
  running.fail('bad row 7');
  await places.nth(0).getByText('Error').waitFor();
  await places.nth(3).getByText('Error').waitFor();
  expect(await places.nth(0).locator('.status').getAttribute('title')).toBe('bad row 7');
  await places.nth(1).getByText('Cancelled').waitFor();
  const after = asked.length;
  await new Promise((resolve) => setTimeout(resolve, 7000));
  expect(asked).toHaveLength(after);
  expect(visit.faults).toEqual([]);
});
