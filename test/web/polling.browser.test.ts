import { beforeEach, expect, test } from 'vitest';
import { resetScript } from '../fixtures/scripted/modules/scripted/services/script.js';
import { browsing } from './support/browsing.js';
import { eventually } from './support/eventually.js';
import { runningJob } from './support/running-job.js';
import { setHidden } from './support/set-hidden.js';
import type { Visit } from './support/visit.js';

const serve = browsing();
const WINDOW_MS = 3000;

beforeEach(resetScript);

test('asks about twice a second while a job runs, and is answered 304 while nothing is new', async () => {
  await using served = await serve();
  const running = await runningJob(served, 'Long walk');
  running.report(10);
  const visit = await served.visit();
  await eventually(() => visit.percent('Long walk')).toBe(10);
  const looks = await looksWithin(visit, WINDOW_MS);
  expect(looks).toBeGreaterThanOrEqual(2); // 6, but a busy machine may answer late
  expect(looks).toBeLessThanOrEqual(7);
  expect(visit.answers.filter((status) => status === 304).length).toBeGreaterThanOrEqual(2);
  expect(new Set(visit.answers)).toEqual(new Set([200, 304]));
});

test('asks rarely while nothing moves, and at once when something was started', async () => {
  await using served = await serve();
  const visit = await served.visit();
  await visit.jobs.getByText('You have no jobs yet.').waitFor();
  expect(await looksWithin(visit, WINDOW_MS)).toBeLessThanOrEqual(1);
  const before = visit.looks.length;
  await visit.page.evaluate("document.dispatchEvent(new CustomEvent('pm-started'))");
  await eventually(() => visit.looks.length).toBe(before + 1);
});

test('asks nothing in a hidden tab, and at once when it is seen again', async () => {
  await using served = await serve();
  const running = await runningJob(served, 'Long walk');
  const [hidden, seen] = [await served.visit(), await served.visit()];
  running.report(10);
  await eventually(() => hidden.percent('Long walk')).toBe(10);
  await setHidden(hidden, true);
  running.report(70);
  await eventually(() => seen.percent('Long walk')).toBe(70);
  const before = hidden.looks.length;
  const seenBefore = seen.looks.length;
  await eventually(() => seen.looks.length).toBeGreaterThan(seenBefore + 3);
  expect(hidden.looks.length).toBe(before);
  expect(await hidden.percent('Long walk')).toBe(10);
  await setHidden(hidden, false);
  await eventually(() => hidden.percent('Long walk')).toBe(70);
});

test('while the server is away a strip says so and bars keep their value; then it goes on by itself', async () => {
  await using served = await serve();
  const running = await runningJob(served, 'Long walk');
  running.report(40);
  const visit = await served.visit();
  await eventually(() => visit.percent('Long walk')).toBe(40);
  const strip = visit.jobs.getByText(/No connection – trying again in \d+ s/);

  await served.goAway();
  await strip.waitFor();
  running.report(60);
  expect(await visit.percent('Long walk')).toBe(40);
  expect(await visit.jobs.locator('progress-track').getAttribute('stale')).not.toBeNull();

  await served.comeBack();
  await eventually(() => visit.percent('Long walk')).toBe(60);
  await strip.waitFor({ state: 'detached' });
  expect(await visit.jobs.locator('progress-track').getAttribute('stale')).toBeNull();
});

test('"Try now" asks at once', async () => {
  await using served = await serve();
  const visit = await served.visit();
  await served.goAway();
  await visit.page.evaluate("dispatchEvent(new Event('online'))");
  const tryNow = visit.jobs.getByRole('button', { name: 'Try now' });
  await tryNow.waitFor();
  await served.comeBack();
  await tryNow.click();
  await tryNow.waitFor({ state: 'detached' });
});

/** How often the page asked for the jobs in so many milliseconds from now. */
async function looksWithin(visit: Visit, milliseconds: number): Promise<number> {
  const [begin, before] = [performance.now(), visit.looks.length];
  await eventually(() => performance.now() - begin).toBeGreaterThan(milliseconds);
  return visit.looks.length - before;
}
