import type { Route } from 'playwright-core';
import { beforeEach, expect, test } from 'vitest';
import { resetScript, script } from '../fixtures/scripted/modules/scripted/services/script.js';
import { browsing } from './support/browsing.js';
import { eventually } from './support/eventually.js';
import { runningJob } from './support/running-job.js';
import { ANN, type ServedPage } from './support/served-page.js';
import { setHidden } from './support/set-hidden.js';
import type { Visit } from './support/visit.js';

const serve = browsing();

beforeEach(resetScript);

const toasts = ({ page }: Visit) => page.locator('progress-toasts .toast');
/** All that the toasts of a visit ever said, also those that have gone. */
async function watchToasts({ page }: Visit): Promise<() => Promise<readonly string[]>> {
  await page.evaluate(`{
    const root = document.querySelector('progress-page').shadowRoot.querySelector('progress-toasts').shadowRoot;
    globalThis.said = [...root.querySelectorAll('.text-of > p')].map((p) => p.textContent);
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) for (const node of addedNodes)
        if (node.matches?.('.toast')) globalThis.said.push(node.querySelector('p').textContent);
    }).observe(root, { childList: true, subtree: true });
  }`);
  return () => page.evaluate('globalThis.said');
}

test('the end of a job is told once, with nothing asked after it, and not again after a reload', async () => {
  await using served = await serve();
  const running = await runningJob(served, 'Stock of May');
  const visit = await served.visit();
  const said = await watchToasts(visit);
  running.report(40);
  await eventually(() => visit.percent('Stock of May')).toBe(40);
  running.end();
  await toasts(visit).getByText('Stock of May was successfully completed').waitFor();
  expect(await said()).toEqual(['Stock of May was successfully completed']);
  const asked: string[] = [];
  visit.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const looks = visit.looks.length;
  // The panel looks whether something new was pushed; about what has ended nobody asks.
  await eventually(() => visit.looks.length).toBeGreaterThan(looks);
  expect(new Set(asked)).toEqual(new Set(['/api/jobs']));
  await visit.page.reload();
  await visit.jobs.getByRole('heading', { name: 'Jobs' }).waitFor();
  const again = await watchToasts(visit);
  const looksAgain = visit.looks.length;
  await eventually(() => visit.looks.length).toBeGreaterThan(looksAgain);
  expect(await again()).toEqual([]);
  expect(visit.faults).toEqual([]);
});

test('a job that begins and ends between two looks is told too', async () => {
  await using served = await serve();
  const visit = await served.visit();
  await visit.jobs.getByText('You have no jobs yet.').waitFor();
  script.run = async () => 1;
  const { id } = await served.manager.push('Stock of May', 'scripted_run', {}, { userId: ANN.id });
  await served.app.start();
  await served.manager.wait(id);
  await toasts(visit).getByText('Stock of May was successfully completed').waitFor();
});

test('of two tabs one tells it', async () => {
  await using served = await serve();
  const running = await runningJob(served, 'Stock of May');
  const tabs = [await served.visit(), await served.visit()];
  const said = await Promise.all(tabs.map(watchToasts));
  for (const tab of tabs) await eventually(() => tab.jobs.getByText('In progress').count()).toBe(1);
  running.end();
  for (const tab of tabs) await eventually(() => tab.jobs.getByText('Finished (1)').count()).toBe(1);
  const all = async () => (await Promise.all(said.map((each) => each()))).flat();
  await eventually(all).toHaveLength(1);
  // Also once the other has looked for it as often as it does.
  await new Promise((resolve) => setTimeout(resolve, 3500));
  expect(await all()).toHaveLength(1);
});

/** A job of Ann's has failed, and a tab of hers asks for the reason, which waits for `answer`. */
async function askingTab(served: ServedPage): Promise<{ readonly tab: Visit; readonly answer: () => Promise<void> }> {
  const running = await runningJob(served, 'Stock of May');
  const tab = await served.visit();
  await eventually(() => tab.jobs.getByText('In progress').count()).toBe(1);
  const asked = new Promise<Route>((resolve) => {
    void tab.page.route(/\/api\/jobs\/[0-9a-f-]{36}$/, (route) => resolve(route));
  });
  running.fail('bad row 7');
  const route = await asked;
  expect(await toasts(tab).count()).toBe(0);
  return { tab, answer: () => route.continue() };
}

const failed = (visit: Visit) => toasts(visit).filter({ hasText: 'Stock of May failed' }).getByText('bad row 7');

test('a tab that is closed before it has shown an end leaves it to the next', async () => {
  await using served = await serve();
  const { tab } = await askingTab(served);
  await tab.page.close();
  await failed(await served.visit()).waitFor();
});

test('so does a tab that is left meanwhile', async () => {
  await using served = await serve();
  const { tab, answer } = await askingTab(served);
  const said = await watchToasts(tab);
  await setHidden(tab, true);
  await answer();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(await said()).toEqual([]);
  await failed(await served.visit()).waitFor();
});

/** As a list that is shown tells the end of Ann's job. */
const hear = ({ page }: Visit, id: string): Promise<void> =>
  page.evaluate(`document.dispatchEvent(new CustomEvent('pm-ended', {
    detail: [{ id: '${id}', userId: 'ann', status: { key: 'success' } }] }))`);

async function endedJob({ manager, app }: ServedPage): Promise<string> {
  script.run = async () => 1;
  const { id } = await manager.push('Stock of May', 'scripted_run', {}, { userId: ANN.id });
  await app.start();
  await manager.wait(id);
  return id;
}

test('a tab that nobody sees shows nothing, and leaves the end to one that is seen', async () => {
  await using served = await serve();
  const hidden = await served.visit();
  const said = await watchToasts(hidden);
  await setHidden(hidden, true);
  const asked: string[] = [];
  hidden.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await hear(hidden, await endedJob(served));
  // Time enough to ask, and to show what was answered.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect([asked, await said()]).toEqual([[], []]);
  const seen = await served.visit();
  await toasts(seen).getByText('Stock of May was successfully completed').waitFor();
  await setHidden(hidden, false);
  await eventually(() => asked).toContain('/api/notifications');
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(await said()).toEqual([]);
});

test('what a tab heard of while nobody saw it is told when it is seen again, unless another has', async () => {
  await using served = await serve();
  const visit = await served.visit();
  // A page of a host's that shows no list: nothing else would bring it up again.
  await visit.page.evaluate(`document.body.innerHTML = '<progress-toasts me="ann"></progress-toasts>'`);
  await setHidden(visit, true);
  await hear(visit, await endedJob(served));
  const toast = visit.page.locator('progress-toasts .toast').getByText('Stock of May was successfully completed');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await toast.count()).toBe(0);
  await setHidden(visit, false);
  await toast.waitFor();
});

test('what ended while nobody looked is told when the page is opened', async () => {
  await using served = await serve();
  script.run = async () => 1;
  const { id } = await served.manager.push('Stock of May', 'scripted_run', {}, { userId: ANN.id });
  await served.app.start();
  await served.manager.wait(id);
  const visit = await served.visit();
  await toasts(visit).getByText('Stock of May was successfully completed').waitFor();
});

test('a failure says why, and stays until it is closed', async () => {
  await using served = await serve();
  const running = await runningJob(served, 'Stock of May');
  const visit = await served.visit();
  await eventually(() => visit.jobs.getByText('In progress').count()).toBe(1);
  running.fail('bad row 7');
  const toast = toasts(visit).filter({ hasText: 'Stock of May failed' });
  await toast.getByText('bad row 7').waitFor();
  await new Promise((resolve) => setTimeout(resolve, 8500));
  expect(await toast.count()).toBe(1);
  await toast.getByRole('button', { name: 'Close: Stock of May failed' }).click();
  await toast.waitFor({ state: 'detached' });
});

test('many ends at once are three toasts and a line, and jobs of others are none', async () => {
  await using served = await serve();
  script.run = async () => 1;
  await pushMany(served, 7);
  const others = await served.manager.push('Of Ben', 'scripted_run', {}, { userId: 'ben' });
  await served.app.start();
  await served.manager.wait(others.id);
  await eventually(async () => (await served.manager.counts()).success).toBe(8);
  const visit = await served.visit();
  await toasts(visit).getByText('4 more jobs have ended').waitFor();
  await eventually(() => toasts(visit).locator('.text-of').allInnerTexts()).toEqual(
    [5, 6, 7].map((job) => `Job ${job} was successfully completed`),
  );
});

test('many ends that a tab would tell when it is left are told by the next, all of them', async () => {
  await using served = await serve();
  script.run = async () => 1;
  const left = await served.visit();
  await left.page.evaluate("document.body.innerHTML = ''");
  await pushMany(served, 5);
  await served.app.start();
  await eventually(async () => (await served.manager.counts()).success).toBe(5);
  const asked = new Promise<Route>((resolve) => {
    void left.page.route(/\/api\/notifications\?/, (route) => resolve(route));
  });
  await left.page.evaluate(`document.body.innerHTML = '<progress-toasts me="ann"></progress-toasts>'`);
  const route = await asked;
  await setHidden(left, true);
  await route.continue();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(await toasts(left).count()).toBe(0);
  const next = await served.visit();
  await toasts(next).getByText('2 more jobs have ended').waitFor();
  // Each is shown when the server has noted that it is told: the line may be there before the last of them.
  await eventually(() => toasts(next).locator('.text-of').count()).toBe(3);
});

async function pushMany({ manager }: ServedPage, jobs: number): Promise<void> {
  for (let job = 1; job <= jobs; job++) {
    const { id } = await manager.push(`Job ${job}`, 'scripted_run', {}, { userId: ANN.id });
    expect(id).toBeTruthy();
  }
}
