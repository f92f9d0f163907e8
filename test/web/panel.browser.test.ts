import { beforeEach, expect, test } from 'vitest';
import { resetScript, script } from '../fixtures/scripted/modules/scripted/services/script.js';
import { browsing } from './support/browsing.js';
import { eventually } from './support/eventually.js';
import { type RunningJob, runningJob } from './support/running-job.js';
import { ANN } from './support/served-page.js';

const serve = browsing();
const OWN = { userId: ANN.id };

beforeEach(resetScript);

test('the bar of a running job moves without a reload, within 2 s, and says so to screen readers', async () => {
  await using served = await serve();
  const running = await runningJob(served, 'Long walk');
  const visit = await served.visit();
  running.report(12.9, 'Climbing');
  await eventually(() => visit.percent('Long walk')).toBe(12);
  await visit.row('Long walk').getByText('Climbing').waitFor();
  expect(await visit.bar('Long walk', 'aria-label')).toBe('Long walk');
  expect(await visit.bar('Long walk', 'aria-valuemin')).toBe('0');
  expect(await visit.bar('Long walk', 'aria-valuemax')).toBe('100');
  expect(await visit.bar('Long walk', 'aria-valuetext')).toBe('12\u00a0%');

  const before = visit.looks.length;
  running.report(57);
  await eventually(() => visit.percent('Long walk')).toBe(57);
  expect(visit.looks.length - before, 'looks, one each half second').toBeLessThanOrEqual(4);
  running.end();
  await visit.row('Long walk').getByText('Success').waitFor();
  expect(await visit.jobs.getByRole('status').textContent()).toBe('Long walk: Success');
  expect(visit.faults).toEqual([]);
});

test('while nobody knows how far a job is, its bar claims no value', async () => {
  await using served = await serve();
  await runningJob(served, 'Search');
  const visit = await served.visit();
  await visit.row('Search').getByText('In progress').waitFor();
  expect(await visit.bar('Search', 'aria-valuenow')).toBeNull();
  expect(await visit.bar('Search', 'aria-valuetext')).toBe('In progress');
});

test('Cancel asks once in place, Keep takes it back, and Yes cannot be pressed twice', async () => {
  await using served = await serve();
  await runningJob(served, 'Long walk');
  const visit = await served.visit();
  const row = visit.row('Long walk');
  await row.getByRole('button', { name: 'Cancel' }).click();
  await row.getByText('Cancel this job?').waitFor();
  expect(await row.getByRole('button', { name: 'Keep' }).evaluate((button) => button.matches(':focus'))).toBe(true);
  await row.getByRole('button', { name: 'Keep' }).click();
  expect(visit.presses).toEqual([]);

  let letThrough = (): void => undefined;
  const isHeld = new Promise<void>((resolve) => {
    letThrough = resolve;
  });
  await visit.page.route(/\/actions\/cancel$/, (route) => isHeld.then(() => route.continue()));
  await row.getByRole('button', { name: 'Cancel' }).click();
  await row.getByRole('button', { name: 'Yes, cancel' }).click();
  const pressed = row.getByRole('button', { name: 'Cancelling…' });
  await pressed.waitFor();
  expect(await pressed.getAttribute('aria-disabled')).toBe('true');
  await pressed.click({ force: true });
  expect(await row.getByText('Cancel this job?').count()).toBe(0);
  letThrough();
  await row.getByText('Cancelled').waitFor();
  expect((await served.manager.get(1))?.status).toBe('cancelled');
  expect(visit.presses).toEqual(['cancel']);
  expect(visit.faults).toEqual([]);
});

test('an action that the server refuses says why in its row', async () => {
  await using served = await serve();
  await served.manager.push('A job', 'scripted', {}, OWN);
  const visit = await served.visit();
  await visit.row('A job').getByRole('button', { name: 'Cancel' }).click();
  await visit.page.route(/\/actions\/cancel$/, (route) =>
    route.fulfill({ status: 409, contentType: 'application/problem+json', body: '{"detail":"It has ended."}' }),
  );
  await visit.row('A job').getByRole('button', { name: 'Yes, cancel' }).click();
  await visit.row('A job').getByRole('alert').getByText('It has ended.').waitFor();
});

test('names, messages and errors are text and nothing else, and fit on a phone', async () => {
  const texts = [
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    `"double" 'single' \`back\` & &amp; %3Cb%3E \${1}`,
    'emoji 🚀👩‍👩‍👧',
    'استيراد الأماكن',
    'W'.repeat(255),
  ];
  await using served = await serve({ limit: texts.length });
  const visit = await served.visit({ viewport: { width: 390, height: 800 } });
  const jobs: (readonly [string, RunningJob])[] = [];
  for (const text of texts) jobs.push([text, await runningJob(served, text)]);
  for (const [text, running] of jobs) running.report(5, text.slice(1));
  for (const text of texts) {
    await visit.row(text).getByText(text, { exact: true }).first().waitFor();
    await visit.row(text).getByText(text.slice(1), { exact: true }).waitFor();
  }
  for (const [text, running] of jobs) running.fail(`${text}!`);
  await visit.jobs.getByRole('button', { name: 'Show all' }).click();
  for (const text of texts) {
    await visit.row(text).getByText(`${text}!`, { exact: true }).waitFor();
  }
  const arabic = visit.row('استيراد الأماكن').getByText('استيراد الأماكن', { exact: true });
  expect(await arabic.evaluate((name) => name.matches(':dir(rtl)'))).toBe(true);
  expect(await visit.page.evaluate('document.documentElement.scrollWidth')).toBe(390);
  expect(visit.faults).toEqual([]);
});

test('by keyboard alone: an action is reached and pressed; Escape closes the menu and keeps the place', async () => {
  await using served = await serve();
  const presses: unknown[] = [];
  script.pressed = (input) => void presses.push(input);
  await served.manager.push('A job', 'scripted', {}, OWN);
  await served.app.start();
  await served.manager.wait(1, { timeout: 10_000 });
  const visit = await served.visit();
  const row = visit.row('A job');
  await row.getByText('Success').waitFor();

  const dots = row.getByRole('button', { name: 'More actions for A job' });
  await visit.tabTo(dots);
  await visit.page.keyboard.press('Enter');
  const close = row.getByRole('menuitem', { name: 'Close' });
  await eventually(() => close.evaluate((item) => item.matches(':focus'))).toBe(true);
  await visit.page.keyboard.press('Escape');
  await close.waitFor({ state: 'detached' });
  expect(await dots.evaluate((button) => button.matches(':focus'))).toBe(true);

  await visit.tabTo(row.getByRole('button', { name: 'Press' }));
  await visit.page.keyboard.press('Enter');
  await eventually(() => presses.length).toBe(1);

  await visit.page.keyboard.press('Shift+Tab');
  await visit.page.keyboard.press('ArrowDown');
  await eventually(() => close.evaluate((item) => item.matches(':focus'))).toBe(true);
  await visit.page.keyboard.press('Enter');
  await visit.jobs.getByText('You have no jobs yet.').waitFor();
  expect((await served.manager.get(1))?.isClosed).toBe(true);
});

test('a narrow phone is wide enough for everything', async () => {
  await using served = await serve();
  await served.manager.push('Donaudampfschifffahrtsgesellschaftskapitänsmützenverzeichnis', 'scripted', {}, OWN);
  await served.manager.push('Success with two actions and a name of several words', 'scripted', {}, OWN);
  await served.app.start();
  await served.manager.wait([1, 2], { timeout: 10_000 });
  await runningJob(served, 'A running one');
  const visit = await served.visit({ viewport: { width: 320, height: 700 }, isMobile: true, hasTouch: true });
  await visit.jobs.getByRole('button', { name: 'Show all' }).tap();
  await eventually(() => visit.jobs.getByRole('article').count()).toBe(3);
  await visit.row('A running one').getByRole('button', { name: 'Cancel' }).tap();
  await visit.row('A running one').getByText('Cancel this job?').waitFor();
  expect(await visit.page.evaluate('document.documentElement.scrollWidth')).toBe(320);
});

test('the policy that every test here meets allows no inline script and no inline style', async () => {
  await using served = await serve();
  const policy = (await fetch(served.url)).headers.get('content-security-policy');
  expect(policy).toContain("default-src 'self'");
  expect(policy).not.toContain('unsafe');
});

test('a page of the host shows the panel with one tag', async () => {
  await using served = await serve();
  await served.manager.push('A job', 'scripted', {}, OWN);
  const visit = await served.visit();
  const body = '<script type="module" src="/progress-manager.js"></script><progress-panel></progress-panel>';
  await visit.page.route(/\/host$/, (route) => route.fulfill({ contentType: 'text/html', body }));
  await visit.page.goto(`${served.url}/host`);
  await visit.row('A job').getByText('Waiting for a free worker').waitFor();
});
