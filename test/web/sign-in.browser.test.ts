import { expect, test } from 'vitest';
import { browsing } from './support/browsing.js';
import { ANN } from './support/served-page.js';

const serve = browsing();

test('a sign-in link opens the page and leaves the address at once', async () => {
  await using served = await serve();
  const { page, jobs, faults } = await served.visit();
  expect(page.url()).toBe(`${served.url}/`);
  await page.getByText('ann', { exact: true }).waitFor();
  await page.reload();
  await jobs.getByText('You have no jobs yet.').waitFor();
  expect(page.url()).toBe(`${served.url}/`);
  expect(faults).toEqual([]);
});

test('a sign-in link works once; afterwards a sentence says how else', async () => {
  await using served = await serve();
  const link = served.signInLink();
  await (await served.open(link)).jobs.waitFor();
  const { page, jobs } = await served.open(link);
  const sentence = await page.getByRole('alert').filter({ hasText: 'This sign-in link' }).textContent();
  expect(sentence).toContain(
    'has been used already or has expired. Start the server again for a new one, or use a key.',
  );
  expect(page.url()).toBe(`${served.url}/`);
  expect(await jobs.count()).toBe(0);
});

test('a key signs in, and signing out ends the session on the server too', async () => {
  await using served = await serve();
  const { key } = await served.app.container.get('accessStore').addKey(ANN);
  const { page, jobs } = await served.open(served.url);
  await page.getByLabel('Key').fill(key);
  await page.keyboard.press('Enter');
  await jobs.getByText('You have no jobs yet.').waitFor();

  const [session] = await page.context().cookies();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Key').waitFor();
  expect(await jobs.count()).toBe(0);
  const afterwards = await fetch(`${served.url}/api/me`, { headers: { Cookie: `${session?.name}=${session?.value}` } });
  expect(afterwards.status).toBe(401);
});

test('a wrong key is a sentence beside the form, and the next try may be right', async () => {
  await using served = await serve();
  const { key } = await served.app.container.get('accessStore').addKey(ANN);
  const { page, jobs } = await served.open(served.url);
  await page.getByLabel('Key').fill('pm_wrong');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('This key is not valid. Check it, or make a new one.').waitFor();
  await page.getByLabel('Key').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await jobs.waitFor();
});

test('a session that ends while the page is open leads back to the form', async () => {
  await using served = await serve();
  const { page, jobs } = await served.visit();
  await page.context().clearCookies();
  await page.getByText('Your session has ended. Sign in again.').waitFor();
  expect(await jobs.count()).toBe(0);
});
