import type { Locator } from 'playwright-core';
import { defineProgressManager } from 'progress-manager';
import { beforeEach, expect, test } from 'vitest';
import { resetScript } from '../fixtures/scripted/modules/scripted/services/script.js';
import { browsing } from './support/browsing.js';
import { eventually } from './support/eventually.js';
import { runningJob } from './support/running-job.js';
import { ANN, type ServedPage } from './support/served-page.js';
import type { Visit } from './support/visit.js';

const serve = browsing();

const notes = defineProgressManager({
  actionService: {
    read: class {
      getProgressStatusActionData() {
        return { message: 'All of it.' };
      }
      executeStatusAction() {}
    },
  },
  type: { note: { run: () => 1, action: { success: ['read'] } } },
});

beforeEach(resetScript);

interface Badge {
  readonly visit: Visit;
  readonly button: Locator;
  readonly panel: Locator;
  readonly elsewhere: Locator;
}

/** A page of a host's, with the badge in its bar. */
async function badge(served: ServedPage, visitor?: Visit, me = ANN.id): Promise<Badge> {
  const visit = visitor ?? (await served.visit());
  await visit.page.evaluate(`document.body.innerHTML =
    '<p>elsewhere</p><progress-badge me="${me}"></progress-badge>'`);
  const host = visit.page.locator('progress-badge');
  return {
    visit,
    button: host.locator('button').first(),
    panel: host.locator('progress-panel'),
    elsewhere: visit.page.getByText('elsewhere'),
  };
}

const push = ({ manager }: ServedPage, name: string) => manager.push(name, 'scripted_run', {}, { userId: ANN.id });

async function pausesOf(visit: Visit, looks: number): Promise<number[]> {
  const from = visit.looks.length;
  await eventually(() => visit.looks.length).toBeGreaterThanOrEqual(from + looks + 1);
  return visit.looks.slice(from).flatMap((at, index, all) => (index === 0 ? [] : [at - (all[index - 1] ?? 0)]));
}

test('while the panel is closed it asks every 2 s, once', async () => {
  await using served = await serve();
  const { visit } = await badge(served);
  for (const pause of await pausesOf(visit, 3)) {
    expect(pause).toBeGreaterThan(1500); // 2000; timers and a busy machine take some, and give none
    expect(pause).toBeLessThan(6000);
  }
});

test('a push opens the panel once, and while it is open the panel alone asks', async () => {
  await using served = await serve();
  const { visit, panel, elsewhere, button } = await badge(served);
  await eventually(() => visit.looks.length).toBeGreaterThan(1);
  expect(await panel.count()).toBe(0);
  await push(served, 'Stock of May');
  await panel.getByText('Stock of May').waitFor();
  expect(await button.getAttribute('aria-label')).toBe('Jobs, 1 unfinished');
  // One request a tick: every half second while the job may start, not those of the badge besides.
  for (const pause of await pausesOf(visit, 4)) expect(pause).toBeGreaterThan(400);
  await elsewhere.click();
  await panel.waitFor({ state: 'detached' });
  await pausesOf(visit, 2);
  expect(await panel.count()).toBe(0);
});

test('jobs that were there before open nothing; those pushed while the page was away do, in one of two tabs', async () => {
  await using served = await serve();
  await push(served, 'Old one');
  const first = await served.visit();
  const context = first.page.context();
  const { visit, panel } = await badge(served, first);
  await pausesOf(visit, 1);
  expect(await panel.count()).toBe(0);
  await first.page.goto('about:blank');
  await push(served, 'New one');
  await first.page.goto(served.url);
  await badge(served, first);
  await panel.getByText('New one').waitFor();
  const second = await context.newPage();
  await second.goto(served.url);
  await second.evaluate(`document.body.innerHTML = '<progress-badge me="ann"></progress-badge>'`);
  await second.getByRole('button', { name: 'Jobs, 2 unfinished' }).waitFor();
  expect(await second.locator('progress-panel').count()).toBe(0);
});

test('a click on it opens and closes the panel; Escape closes it and gives the focus back', async () => {
  await using served = await serve();
  const { visit, button, panel } = await badge(served);
  await button.click();
  await panel.getByText('You have no jobs yet.').waitFor();
  expect(await button.getAttribute('aria-expanded')).toBe('true');
  await panel.getByRole('button', { name: 'Start a job' }).focus();
  await visit.page.keyboard.press('Escape');
  await panel.waitFor({ state: 'detached' });
  expect(await button.evaluate((element) => element.matches(':focus'))).toBe(true);
  await button.click();
  await panel.waitFor();
  await button.click();
  await panel.waitFor({ state: 'detached' });
});

test.each([
  ['moved within the page', "document.querySelector('p').append(badge)"],
  ['put there open', 'badge.outerHTML = \'<progress-badge me="ann" open></progress-badge>\''],
])('a badge that is %s while its panel is open leaves the asking to the panel', async (_, how) => {
  await using served = await serve();
  const { visit, button, panel } = await badge(served);
  await button.click();
  await panel.getByText('You have no jobs yet.').waitFor();
  const before = visit.looks.length;
  await visit.page.evaluate(`{ const badge = document.querySelector('progress-badge'); ${how}; }`);
  await panel.getByText('You have no jobs yet.').waitFor();
  // Time enough for a second question: the panel itself asks every 5 s here.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect(visit.looks.length).toBe(before + 1);
  await visit.page.evaluate("dispatchEvent(new Event('online'))");
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(visit.looks.length).toBe(before + 2);
  // Closed, the badge asks again.
  await button.click();
  await panel.waitFor({ state: 'detached' });
  await push(served, 'Stock of May');
  await panel.getByText('Stock of May').waitFor();
});

test('Escape in a dialog of the panel closes the dialog alone', async () => {
  await using served = await serve({ modules: { notes } });
  const { visit, panel, button } = await badge(served);
  await served.manager.push('Stock of May', 'note', {}, { userId: ANN.id });
  await served.app.tick();
  await button.click();
  await panel.getByRole('button', { name: 'Read' }).click();
  const dialog = panel.getByRole('dialog', { name: 'Message' });
  await dialog.waitFor();
  await visit.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  expect(await button.getAttribute('aria-expanded')).toBe('true');
  await panel.getByText('Stock of May').waitFor();
  // Then the panel.
  await panel.getByRole('button', { name: 'Read' }).focus();
  await visit.page.keyboard.press('Escape');
  await panel.waitFor({ state: 'detached' });
});

test('a click within the panel leaves it open, and its cancel button brings the list up to date', async () => {
  await using served = await serve();
  const { visit, panel, button } = await badge(served);
  await push(served, 'Stock of May');
  await panel.getByText('Stock of May').waitFor();
  const before = visit.looks.length;
  await panel.getByRole('button', { name: 'Cancel' }).click();
  await panel.getByRole('button', { name: 'Yes, cancel' }).click();
  await panel.getByText('Cancelled').waitFor();
  expect(visit.looks.length).toBeGreaterThan(before);
  expect(visit.presses).toEqual(['cancel']);
  await eventually(() => button.getAttribute('aria-label')).toBe('Jobs');
});

test('the count follows the jobs while the panel is closed', async () => {
  await using served = await serve();
  const running = await runningJob(served, 'Stock of May');
  const { button, panel } = await badge(served);
  await eventually(() => button.getAttribute('aria-label')).toBe('Jobs, 1 unfinished');
  expect(await panel.count()).toBe(0);
  running.end();
  await eventually(() => button.getAttribute('aria-label')).toBe('Jobs');
});

test('it counts all that is unfinished, on no page of which all would be, and from a hundred on no further', async () => {
  await using served = await serve();
  const many = (jobs: number) =>
    Array.from({ length: jobs }, () => ({ name: 'n', type: 'scripted_run', options: { userId: ANN.id } }));
  await served.manager.pushMany(many(60));
  const { button, panel } = await badge(served);
  const shown = () => button.locator('.count').textContent();
  await eventually(shown).toBe('60');
  await button.click();
  await panel.getByText('New').first().waitFor();
  expect(await shown()).toBe('60');
  await served.manager.pushMany(many(39));
  await eventually(shown).toBe('99');
  await served.manager.pushMany(many(1));
  await eventually(shown).toBe('99+');
  expect(await button.getAttribute('aria-label')).toBe('Jobs, 99+ unfinished');
});

test('an admin’s badge counts the admin’s own jobs, and opens for none of others', async () => {
  await using served = await serve();
  const visit = await served.open(served.signInLink({ id: 'root', isAdmin: true }));
  await visit.jobs.getByRole('heading', { name: 'Jobs' }).waitFor();
  await push(served, 'Of Ann');
  const { button, panel } = await badge(served, visit, 'root');
  await pausesOf(visit, 1);
  await push(served, 'Another of Ann');
  await pausesOf(visit, 2);
  expect([await button.getAttribute('aria-label'), await panel.count()]).toEqual(['Jobs', 0]);
  await served.manager.push('Of root', 'scripted_run', {}, { userId: 'root' });
  // The panel is where admins see the jobs of all.
  await panel.getByText('Another of Ann').waitFor();
  await panel.getByText('Of root').waitFor();
  expect(await button.getAttribute('aria-label')).toBe('Jobs, 1 unfinished');
});

test('an admin who opens the panel is told of no old ends of others', async () => {
  await using served = await serve();
  const running = await runningJob(served, 'Of Ann');
  running.end();
  await eventually(async () => (await served.manager.counts()).success).toBe(1);
  const visit = await served.open(served.signInLink({ id: 'root', isAdmin: true }));
  await visit.jobs.getByRole('heading', { name: 'Jobs' }).waitFor();
  await visit.page.evaluate(
    "globalThis.told = []; addEventListener('pm-ended', ({ detail }) => told.push(...detail), true)",
  );
  const { button, panel } = await badge(served, visit, 'root');
  await pausesOf(visit, 1);
  await button.click();
  await panel.getByText('Finished (1)').waitFor();
  expect(await visit.page.evaluate('told')).toEqual([]);
});

test('the panel opens to the side that has room for it', async () => {
  await using served = await serve();
  const { visit, panel, button } = await badge(served);
  await button.click();
  const left = await panel.boundingBox();
  expect(left?.x).toBeGreaterThanOrEqual(0);
  await button.click();
  await visit.page.evaluate("document.body.style.textAlign = 'right'");
  await button.click();
  const right = await panel.boundingBox();
  expect((right?.x ?? 0) + (right?.width ?? 0)).toBeLessThanOrEqual(1280);
  expect(right?.x).toBeGreaterThan(640);
});

test('on a phone the panel has the whole width', async () => {
  await using served = await serve();
  const { visit, panel, button } = await badge(served);
  await visit.page.setViewportSize({ width: 390, height: 800 });
  await button.click();
  const box = await panel.boundingBox();
  expect([box?.x, box?.width]).toEqual([0, 390]);
});
